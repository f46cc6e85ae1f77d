"""Node's modules in the guest beside the same in Node: one snippet, run in both."""

from collections.abc import Callable
from typing import Any

import pytest

CAUGHT = """\
const caught = async (f) => {
  try {
    return ['no error', await f()];
  } catch (e) {
    return [e.name, e.code, e.message];
  }
};
"""
"""Helpers that every snippet has: `await caught(f)` is [name, code, message] of what f throws or rejects with."""


@pytest.fixture
def guest(run_js: Callable[..., Any]) -> Callable[[str], Any]:
    """What the body of an async function returns in the guest."""

    def run(body: str) -> Any:
        ran = run_js(f"{CAUGHT}module.exports = async () => {{\n{body}\n}}")
        assert ran.error is None, ran.error
        return ran.output

    return run


@pytest.fixture
def same(guest: Callable[[str], Any], in_node: Callable[[str], Any]) -> Callable[[str], None]:
    """Asserts that the body of an async function returns in the guest what it returns in Node, which is something."""

    def compare(body: str) -> None:
        expected = in_node(CAUGHT + body)
        assert expected is not None
        assert guest(body) == expected

    return compare
