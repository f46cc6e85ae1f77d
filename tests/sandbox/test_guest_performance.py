"""performance: what the standard refuses. What it measures is in as_in_node/."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "call",
    [
        "new PerformanceMark('x', 5)",
        "performance.mark('x', 'text')",
        "performance.mark('x', { startTime: -1 })",
        "performance.measure('x', { start: 2 }, 12)",
        "performance.measure('x', { start: 1, end: 2, duration: 1 })",
        "performance.measure('x', { start: -1 })",
        "performance.measure('x', { end: -1 })",
    ],
)
def test_what_makes_no_sense_is_refused(value_of: Any, call: str) -> None:
    assert value_of(f"fail(() => {call})[0]") == "TypeError"


def test_empty_options_are_as_none(value_of: Any) -> None:
    assert value_of(
        "(() => { performance.mark('a', { startTime: 3 }); const { startTime, duration } = "
        "performance.measure('x', {}, 'a'); return [startTime, duration] })()"
    ) == [0, 3]
