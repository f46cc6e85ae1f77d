"""From places in a bundle to the author's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import source_maps
from interlock.worker.source_maps import MapInvalid, Place

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
Segment = tuple[int, int, int, int]
"""Column of the bundle; source, line and column of it."""


def vlq(number: int) -> str:
    value, text = (-number << 1 | 1) if number < 0 else number << 1, ""
    while True:
        digit, value = value & 31, value >> 5
        text += DIGITS[digit | 32 if value else digit]
        if not value:
            return text


def encoded(lines: list[list[Segment]]) -> str:
    """The mappings of a source map, written down as the standard says."""
    before, groups = [0, 0, 0], []
    for line in lines:
        column, segments = 0, []
        for at, *fields in line:
            differences = [at - column, *(field - old for field, old in zip(fields, before, strict=True))]
            column, before = at, fields
            segments.append("".join(map(vlq, differences)))
        groups.append(",".join(segments))
    return ";".join(groups)


def table(
    mappings: str, sources: tuple[str, ...] = ("action.ts", "node_modules/pg/lib/client.js"), **limit: int
) -> str:
    document = {"version": 3, "sources": sources, "names": [], "mappings": mappings}
    return source_maps.compact(json.dumps(document), entry="action.ts", most_segments=limit.get("most", 10_000))


def test_frames_show_the_author_and_the_packages_and_no_glue() -> None:
    found = table(encoded([[(0, 0, 2, 4), (9, 1, 11, 2)], [], [(4, 0, 6, 0)]]) + ";A")
    stack = (
        "TypeError: no\n    at text (a.ts:1:1)\n"
        "    at query (roles.ts:1:14)\n    at <anonymous> (roles.ts:1:3)\n    at onExecutePostLogin (roles.ts:3:9)\n"
        "    at glue (roles.ts:2:1)\n    at glue (roles.ts:4:1)\n    at other (other.js:1:1)"
    )
    assert source_maps.mapped(stack, "roles.ts", found).split("\n") == [
        "TypeError: no",
        "    at text (a.ts:1:1)",
        "    at query (pg/lib/client.js:12:3)",
        "    at <anonymous> (roles.ts:3:5)",
        "    at onExecutePostLogin (roles.ts:7:1)",
        "    at other (other.js:1:1)",
    ]


def test_a_message_that_looks_like_a_frame_before_the_frames_stays() -> None:
    found = table(encoded([[(0, 0, 2, 4)]]))
    stack = "Error: a\n    at x (roles.ts:1:1)\nb\n    at y (roles.ts:1:1)"
    assert source_maps.mapped(stack, "roles.ts", found).endswith("b\n    at y (roles.ts:3:5)")
    assert source_maps.mapped(stack, "roles.ts", found).startswith("Error: a\n    at x (roles.ts:1:1)\n")


def test_a_package_cannot_call_a_file_as_the_author_does_or_forge_a_frame() -> None:
    names = ("action.ts", "node_modules/evil/) (roles.ts:1:1)\n    at x (y", "../../roles.ts", "roles.ts")
    found = json.loads(table("A", names))
    assert found["sources"][0] == ""
    for name in found["sources"][1:]:
        assert "/" in name
        assert not {*name} & {*"()\n: "}


_lines = st.lists(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.integers(0, 1), st.integers(0, 100_000), st.integers(0, 5_000)), max_size=6
    ).map(lambda line: sorted({segment[0]: segment for segment in line}.values())),
    max_size=30,
)


@given(_lines, st.integers(0, 31), st.integers(0, 6_000))
def test_a_place_is_that_of_the_last_segment_before_it_on_its_line(
    lines: list[list[Segment]], line: int, column: int
) -> None:
    before = [segment for segment in lines[line] if segment[0] <= column] if line < len(lines) else []
    wanted = Place(("", "pg/lib/client.js")[before[-1][1]], before[-1][2] + 1, before[-1][3] + 1) if before else None
    assert source_maps.place(table(encoded(lines)), line + 1, column + 1) == wanted


def test_a_line_of_the_console_shows_the_author_too() -> None:
    found = table(encoded([[(0, 0, 2, 4), (9, 1, 11, 2)]]))
    text = "failed: Error: no\n    at x (roles.ts:1:10) {\n  code: 5 }\n(other.ts:1:1) (roles.ts:9:9)"
    assert source_maps.mapped_text(text, "roles.ts", found) == (
        "failed: Error: no\n    at x (pg/lib/client.js:12:3) {\n  code: 5 }\n(other.ts:1:1) (roles.ts:9:9)"
    )
    many = "(roles.ts:1:1)" * 1_000
    assert source_maps.mapped_text(many, "roles.ts", found).count("(roles.ts:3:5)") == 64
    assert source_maps.mapped_text("(roles.ts:1:1)", "roles.ts", "") == "(roles.ts:1:1)"


def test_a_large_map_is_read_in_pieces() -> None:
    lines: list[list[Segment]] = [[(column, 0, line, column) for column in range(0, 50, 5)] for line in range(2_000)]
    found = table(encoded(lines), most=20_000)
    assert len(json.loads(found)["blocks"]) == 10
    for line in (1, 205, 206, 1_024, 2_000):
        assert source_maps.place(found, line, 13) == Place("", line, 11)
    assert source_maps.place(found, 2_001, 1) is None


@pytest.mark.parametrize(
    "mappings", ["!", "g", "AAAAAAA", "AA", "D", "AAAD", "AEAA", "gggggggggggg", "+++++++/", "AAD"]
)
def test_what_is_no_map_is_refused(mappings: str) -> None:
    with pytest.raises(MapInvalid):
        table(mappings)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"sources": 5, "mappings": ""}', "[" * 100_000])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(MapInvalid):
        source_maps.compact(text, entry="a", most_segments=1)


def test_the_number_of_places_is_bounded() -> None:
    with pytest.raises(MapInvalid):
        table("A,C,C,C", most=3)


@given(st.text(alphabet=DIGITS + ",;", max_size=60))
def test_any_mappings_are_read_or_refused(mappings: str) -> None:
    try:
        found = table(mappings)
    except MapInvalid:
        return
    place = source_maps.place(found, 1, 1)
    assert place is None or place.line >= 1


@pytest.mark.parametrize(
    "text", ["", "{}", "null", '{"version": 2}', '{"version": 1, "sources": [], "blocks": [[0, 0, "AAAA"]]}']
)
def test_a_table_that_cannot_be_read_leaves_the_stack_as_it_is(text: Any) -> None:
    stack = "Error\n    at x (roles.ts:1:1)"
    assert source_maps.mapped(stack, "roles.ts", text) == stack
