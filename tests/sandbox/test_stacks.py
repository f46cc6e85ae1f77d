"""Stacks as an author reads them: their frames, their lines, whatever a guest wrote between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox import stacks

HEAD = len(stacks.WRAPPER_HEAD)


def clean(raw: str, message: str = "no", filename: str = "a.js") -> list[str]:
    return stacks.clean(raw, name="E", message=message, filename=filename).splitlines()


def test_a_source_is_wrapped_without_a_new_first_line() -> None:
    wrapped = stacks.wrap("first\nsecond // comment")
    assert wrapped.splitlines()[0] == stacks.WRAPPER_HEAD + "first"
    assert wrapped.endswith("// comment\n})")


def test_frames_of_the_file_stay_and_all_others_go() -> None:
    raw = """\
    at inner (a.js:3:5)
    at map (native)
    at outer (a.js:9:1)
    at run (interlock:base:70:12)
    at other (b.js:1:1)
"""
    assert clean(raw) == ["E: no", "    at inner (a.js:3:5)", "    at outer (a.js:9:1)"]


def test_columns_of_the_first_line_are_the_authors() -> None:
    assert clean(f"    at f (a.js:1:{HEAD + 7})") == ["E: no", "    at f (a.js:1:7)"]
    assert clean("    at f (a.js:1:3)") == ["E: no", "    at f (a.js:1:1)"], "the wrapper's own column"
    assert clean(f"    at f (a.js:2:{HEAD + 7})") == ["E: no", f"    at f (a.js:2:{HEAD + 7})"]


def test_frames_without_a_name_are_anonymous() -> None:
    assert clean("    at (a.js:2:1)\n    at a.js:3:1") == [
        "E: no",
        "    at <anonymous> (a.js:2:1)",
        "    at <anonymous> (a.js:3:1)",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no frame",
        "    at f (a.js)",
        "    at f (a.js:x:1)",
        "    at f (a.js:1)",
        "at f (a.js:1:1)",
        "    at f (/a.js:1:1)",
        "    at f (a.js:1234567890:1)",
        "    at f (a.js:1:1) trailing",
        "    at f (xa.js:1:1)",
        "\t at f (a.js:1:1)",
        "    at f (../a.js:1:1)",
        "    at f (a_js:1:1)",
    ],
)
def test_what_is_no_frame_of_the_file_is_left_out(raw: str) -> None:
    assert clean(raw) == ["E: no"]


def test_a_file_name_is_no_pattern() -> None:
    assert clean("    at f (aXjs:1:1)", filename="a.js") == ["E: no"]
    assert clean("    at f (a b+c.js:2:1)", filename="a b+c.js") == ["E: no", "    at f (a b+c.js:2:1)"]


def test_no_more_than_fifty_frames() -> None:
    assert len(clean("\n".join(["    at f (a.js:2:1)"] * 1000))) == 51


def test_an_empty_message_leaves_the_name() -> None:
    assert clean("", message="") == ["E"]


@given(st.text(alphabet="    at (a.js:12)\nx<>\\\t", max_size=500))
def test_no_text_brings_in_another_line(raw: str) -> None:
    for line in clean(raw)[1:]:
        assert line.startswith("    at ")
        assert "(a.js:" in line


def test_a_stack_of_parentheses_takes_no_time() -> None:
    assert clean("    at " + "(a.js:1" * 3_000) == ["E: no"]
    assert clean("    at " + " (" * 8_000) == ["E: no"]
    assert clean("    at f (a.js" + ":1" * 8_000 + ")") == ["E: no"]
