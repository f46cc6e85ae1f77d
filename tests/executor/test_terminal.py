"""What ends up on a terminal: nothing that a tenant's text could do to it, and colours only where they are wanted."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor import output

Call = Callable[..., Any]


def test_control_characters_of_an_action_are_shown_and_not_sent(run: Call) -> None:
    body = r"""
      console.log('\u001b[2J\u0007 \u202egnp.exe\r \u009b31m \ud800');
      api.user.setAppMetadata('\u001b[31m', '\u001b[2J');
      const error = new Error('\u001b[1m'); error.name = '\u001b[5m'; throw error;
    """
    finished = run(body)
    assert r"\x1b[2J\x07 \u202egnp.exe\x0d \x9b31m" in finished.out
    assert finished.out.isprintable() or all(character.isprintable() or character == "\n" for character in finished.out)


def test_json_holds_no_control_character_either(run: Call) -> None:
    finished = run(r"console.log('\u009b31m \u007f \u202e \u061c');", "--json")
    assert r"\u009b31m \u007f \u202e \u061c" in finished.out
    assert all(character.isprintable() or character == "\n" for character in finished.out)
    assert finished.json["actions"][0]["logs"][0]["message"] == "\x9b31m \x7f \u202e \u061c"


def test_no_text_can_add_lines_that_look_like_ours(run: Call, event: dict[str, Any]) -> None:
    forged = "status  completed"
    finished = run(
        f"api.user.setAppMetadata('x\\n{forged}', {{ a: 'y'.repeat(99) }}); console.log('x\\n{forged}');"
        f"api.access.deny('x\\n{forged}');",
        changed={"user": {**event["user"], "email": f"x\n{forged}"}},
    )
    assert [line for line in finished.out.splitlines() if line.startswith("status")] == [
        "status  denied, action.js refused"
    ]


def test_json_keeps_every_character_as_json_writes_it(run: Call) -> None:
    finished = run(r"console.log('é \u001b \u{1f600}');", "--json")
    assert finished.json["actions"][0]["logs"][0]["message"] == "é \x1b \N{GRINNING FACE}"
    assert "é" in finished.out
    assert "\x1b" not in finished.out


@given(st.text())
def test_visible_text_holds_only_line_feeds_and_tabs_beside_what_can_be_seen(text: str) -> None:
    shown = output.visible(text)
    assert not set(shown) & {
        chr(code) for code in range(0xA0) if (code < 0x20 or code >= 0x7F) and chr(code) not in "\n\t"
    }
    shown.encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_value_comes_back_as_it_was(value: Any) -> None:
    for encoding in ("utf-8", "ascii"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", stream)
            output.write_json(value)
        stream.flush()
        assert json.loads(stream.buffer.read() if stream.buffer.seek(0) == 0 else b"") == value


def test_colours_are_for_terminals(run: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in run("console.warn('x');").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in run("console.warn('x');").out


def test_no_color_wins_over_a_terminal(run: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in run("console.warn('x'); throw new Error('y');").out


def test_a_long_call_is_broken_where_there_is_no_room(run: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "api.user.setAppMetadata('address', { street: 'Long Street 12', city: 'London' });"
    assert 'setAppMetadata("address", {"street"' in run(body).out
    monkeypatch.setenv("COLUMNS", "60")
    assert (
        '    api.user.setAppMetadata(\n      "address",\n      {"street": "Long Street 12", "city": "London"}\n'
        in run(body).out
    )
