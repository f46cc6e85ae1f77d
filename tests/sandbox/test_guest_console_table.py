"""console.table, dir, group, count and assert, with Node's text. What is expected was printed by Node 24."""

from typing import Any

import pytest

CASES = [
    ("dir takes a depth", "console.dir({ a: { b: { c: {} } } }, { depth: 0 })", "{ a: [Object] }"),
    (
        "groups indent",
        (
            "console.group('outer'); console.log('in\\nside'); console.group(); console.log({ a: 1 }); "
            "console.groupEnd(); console.groupEnd(); console.log('out')"
        ),
        ("outer\n  in\n  side\n    { a: 1 }\nout"),
    ),
    (
        "counts",
        "console.count(); console.count('x'); console.count(); console.countReset(); console.count()",
        ("default: 1\nx: 1\ndefault: 2\ndefault: 1"),
    ),
    (
        "assertions",
        (
            "console.assert(true, 'no'); console.assert(false); console.assert(0, 'text %s', 1); "
            "console.assert(null, { a: 1 })"
        ),
        ("Assertion failed\nAssertion failed: text 1\nAssertion failed { a: 1 }"),
    ),
    (
        "a table of records",
        "console.table([{ a: 1, b: 'x' }, { a: 2, c: true }])",
        (
            "┌─────────┬───┬─────┬──────┐\n"
            "│ (index) │ a │ b   │ c    │\n"
            "├─────────┼───┼─────┼──────┤\n"
            "│ 0       │ 1 │ 'x' │      │\n"
            "│ 1       │ 2 │     │ true │\n"
            "└─────────┴───┴─────┴──────┘"
        ),
    ),
    (
        "a table with chosen columns",
        "console.table([{ a: 1, b: 2 }, { a: 3, b: 4 }], ['b'])",
        ("┌─────────┬───┐\n│ (index) │ b │\n├─────────┼───┤\n│ 0       │ 2 │\n│ 1       │ 4 │\n└─────────┴───┘"),
    ),
    (
        "a table of values",
        "console.table(['p', 1, null])",
        (
            "┌─────────┬────────┐\n"
            "│ (index) │ Values │\n"
            "├─────────┼────────┤\n"
            "│ 0       │ 'p'    │\n"
            "│ 1       │ 1      │\n"
            "│ 2       │ null   │\n"
            "└─────────┴────────┘"
        ),
    ),
    (
        "a table of a map",
        "console.table(new Map([['k', 1], ['l', { a: 1 }]]))",
        (
            "┌───────────────────┬─────┬──────────┐\n"
            "│ (iteration index) │ Key │ Values   │\n"
            "├───────────────────┼─────┼──────────┤\n"
            "│ 0                 │ 'k' │ 1        │\n"
            "│ 1                 │ 'l' │ { a: 1 } │\n"
            "└───────────────────┴─────┴──────────┘"
        ),
    ),
    (
        "a table of a set",
        "console.table(new Set([1, 'two']))",
        (
            "┌───────────────────┬────────┐\n"
            "│ (iteration index) │ Values │\n"
            "├───────────────────┼────────┤\n"
            "│ 0                 │ 1      │\n"
            "│ 1                 │ 'two'  │\n"
            "└───────────────────┴────────┘"
        ),
    ),
    (
        "a table of lists",
        "console.table([[1, 2], [3, 4]])",
        (
            "┌─────────┬───┬───┐\n"
            "│ (index) │ 0 │ 1 │\n"
            "├─────────┼───┼───┤\n"
            "│ 0       │ 1 │ 2 │\n"
            "│ 1       │ 3 │ 4 │\n"
            "└─────────┴───┴───┘"
        ),
    ),
    (
        "a table of an object",
        "console.table({ x: { v: 1 }, y: { v: [1, 2] } })",
        (
            "┌─────────┬──────────┐\n"
            "│ (index) │ v        │\n"
            "├─────────┼──────────┤\n"
            "│ x       │ 1        │\n"
            "│ y       │ [ 1, 2 ] │\n"
            "└─────────┴──────────┘"
        ),
    ),
    ("a table of no object", "console.table(5)", "5"),
]


@pytest.mark.parametrize(("name", "statements", "expected"), CASES, ids=[case[0] for case in CASES])
def test_methods_print_what_node_prints(console_of: Any, name: str, statements: str, expected: str) -> None:
    assert console_of(statements) == expected
