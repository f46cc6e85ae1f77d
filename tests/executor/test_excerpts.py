"""The author's line below an error."""

from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.excerpts import excerpt

SOURCE = "const a = 1;\n\tb.c.d;\n"


def test_the_line_comes_with_the_one_before_it_and_a_mark() -> None:
    assert excerpt(SOURCE, ["at f (a.js:2:5)", "at a.js:1:1"]) == ["1 | const a = 1;", "2 | \tb.c.d;", "  | \t   ^"]


def test_the_first_line_has_none_before_it() -> None:
    assert excerpt(SOURCE, ["at a.js:1:7"]) == ["1 | const a = 1;", "  |       ^"]


def test_a_frame_without_a_place_is_passed_over() -> None:
    assert excerpt(SOURCE, ["at native", "at g (a.js:1:1)"])[0] == "1 | const a = 1;"


def test_there_is_none_without_a_place_in_the_source() -> None:
    assert excerpt(SOURCE, []) == []
    assert excerpt(SOURCE, ["at a.js:9:1"]) == []
    assert excerpt("x" * 5000, ["at a.js:1:4000"]) == []


@given(st.text(), st.lists(st.text() | st.from_regex(r"at f \(a\.js:\d{1,9}:\d{1,9}\)", fullmatch=True)))
def test_no_stack_can_break_it(source: str, frames: list[str]) -> None:
    assert len(excerpt(source, frames)) in {0, 2, 3}
