"""The messages between host and guest: exactly these keys, and whatever else arrives is one kind of error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox import messages
from interlock.sandbox.messages import (
    Completion,
    Done,
    Loaded,
    MalformedMessage,
    Operation,
    Pending,
    Thrown,
    UnusableValue,
)

ERROR: dict[str, Any] = {"name": "TypeError", "message": "no", "stack": "    at f (a.js:1:2)", "code": None}
OPERATION = {"id": 1, "kind": "timer", "args": {"ms": 5}}
GOOD: list[tuple[dict[str, Any], object]] = [
    ({"type": "loaded", "error": None, "operations": 2}, Loaded(None, 2)),
    ({"type": "loaded", "error": ERROR, "operations": 0}, Loaded(Thrown(**ERROR), 0)),
    (
        {"type": "pending", "operations": [OPERATION], "cancelled": [7]},
        Pending((Operation(1, "timer", {"ms": 5}),), (7,)),
    ),
    ({"type": "pending", "operations": [], "cancelled": []}, Pending((), ())),
    ({"type": "done", "output": {"a": [1, 2.5, None]}, "error": None}, Done({"a": [1, 2.5, None]}, None)),
    (
        {"type": "done", "output": None, "error": ERROR | {"code": "unknown_method"}},
        Done(None, Thrown("TypeError", "no", "    at f (a.js:1:2)", "unknown_method")),
    ),
]


@pytest.mark.parametrize(("message", "meaning"), GOOD, ids=lambda one: str(one)[:60])
def test_a_message_is_understood(message: dict[str, Any], meaning: object) -> None:
    assert messages.parse(json.dumps(message).encode()) == meaning


@pytest.mark.parametrize("message", [message for message, _ in GOOD], ids=lambda one: str(one)[:60])
def test_a_key_too_many_or_too_few_anywhere_is_refused(message: dict[str, Any]) -> None:
    def refuse(changed: object) -> None:
        with pytest.raises(MalformedMessage):
            messages.parse(json.dumps(changed).encode())

    refuse(message | {"extra": 1})
    for key in message:
        refuse({name: value for name, value in message.items() if name != key})
    if message.get("error"):
        refuse(message | {"error": message["error"] | {"extra": 1}})
        refuse(message | {"error": {"name": "a", "message": "b"}})
    for row in message["operations"] if message["type"] == "pending" else []:
        refuse(message | {"operations": [row | {"extra": 1}]})
        refuse(message | {"operations": [row, {"id": 2}]})


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"done"',
        b"{}",
        b'{"type":"start","input":1}',
        b'{"type":["done"],"output":1,"error":null}',
        b'{"type":"done","output":NaN,"error":null}',
        b'{"type":"done","output":-Infinity,"error":null}',
        b'{"type":"done","output":1,"error":null}{}',
        b'{"type":"done","output":1,"error":null',
        b'{"type":"done","output":"\xff","error":null}',
        b'{"type":"done","output":"\xed\xa0\x80","error":null}',
        b'{"type":"done","output":1,"error":"no"}',
        b'{"type":"done","output":1,"error":[]}',
        b'{"type":"done","output":1,"error":{"name":1,"message":"","stack":"","code":null}}',
        b'{"type":"done","output":1,"error":{"name":"","message":"","stack":"","code":"Not One Of Ours"}}',
        b'{"type":"done","output":1,"error":{"name":"","message":"","stack":"","code":7}}',
        b'{"type":"loaded","error":null,"operations":-1}',
        b'{"type":"loaded","error":null,"operations":true}',
        b'{"type":"pending","operations":{},"cancelled":[]}',
        b'{"type":"pending","operations":[],"cancelled":["1"]}',
        b'{"type":"pending","operations":[1],"cancelled":[]}',
        b'{"type":"pending","operations":[],"cancelled":[1.0]}',
        b'{"type":"pending","operations":[{"id":9007199254740992,"kind":"timer","args":{}}],"cancelled":[]}',
        b'{"type":"pending","operations":[{"id":1,"kind":"Timer!","args":{}}],"cancelled":[]}',
        b'{"type":"pending","operations":[{"id":1,"kind":"timer","args":[]}],"cancelled":[]}',
    ],
)
def test_what_is_no_message_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        messages.parse(text)


@pytest.mark.parametrize(
    "output", [b"[" * 300 + b"]" * 300, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"1e400", b"-1e999", b"1" * 5_000]
)
def test_a_value_that_a_reader_could_not_hold_is_refused(output: bytes) -> None:
    with pytest.raises(UnusableValue):
        messages.parse(b'{"type":"done","output":' + output + b',"error":null}')


def test_brackets_in_strings_are_no_depth() -> None:
    text = json.dumps({"type": "done", "output": ["[" * 5_000, '\\"[{' * 5_000], "error": None}).encode()
    assert messages.parse(text) == Done(["[" * 5_000, '\\"[{' * 5_000], None)


def test_lone_surrogates_become_replacement_characters_in_keys_and_values() -> None:
    text = rb'{"type":"done","output":{"\ud800":["\udfffx","\ud83d\ude00"]},"error":null}'
    assert messages.parse(text) == Done({"\ufffd": ["\ufffdx", "\U0001f600"]}, None)


def test_an_errors_texts_are_bounded() -> None:
    error = {"name": "n" * 10_000, "message": "m" * 100_000, "stack": "s" * 100_000, "code": None}
    done = messages.parse(json.dumps({"type": "done", "output": None, "error": error}).encode())
    assert isinstance(done, Done)
    assert done.error
    assert (len(done.error.name), len(done.error.message), len(done.error.stack)) == (256, 8_192, 16_384)


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_else(text: bytes) -> None:
    _parse_or_refuse(text)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
KEYS = ["type", "output", "error", "operations", "cancelled", "name", "message", "stack", "code", "id", "kind", "args"]


@given(
    st.dictionaries(st.sampled_from(KEYS), JSON_VALUES | st.sampled_from(["done", "pending", "loaded"]), max_size=5),
    st.sampled_from(["done", "pending", "loaded", None]),
    st.integers(0, 60),
)
def test_nothing_that_looks_like_a_message_raises_anything_else(
    message: dict[str, Any], kind: str | None, cut: int
) -> None:
    text = json.dumps(message | ({"type": kind} if kind else {})).encode()
    _parse_or_refuse(text)
    _parse_or_refuse(text[: len(text) - cut])


@given(
    st.sampled_from(["[", "{", '"', "\\", "]", "}", "a", ",", ":"]).flatmap(
        lambda _: st.text('[{"\\]},:a\n', max_size=900)
    )
)
def test_no_tangle_of_brackets_and_quotes_raises_anything_else(tangle: str) -> None:
    _parse_or_refuse(b'{"type":"done","output":' + tangle.encode() * 3 + b',"error":null}')


@given(JSON_VALUES)
def test_a_done_message_brings_its_output_unchanged(output: object) -> None:
    try:
        text = json.dumps({"type": "done", "output": output, "error": None}, allow_nan=False, ensure_ascii=True)
        output = json.loads(text)["output"]
        json.dumps(output, ensure_ascii=False).encode()
    except ValueError:
        return  # no JSON, or no text: a lone surrogate
    try:
        assert messages.parse(text.encode()) == Done(output, None)
    except UnusableValue:
        assert any(len(str(abs(number))) >= 40 for number in _numbers(output))


def test_the_start_message_has_exactly_these_keys() -> None:
    assert json.loads(messages.start(b'{"a":1}')) == {"type": "start", "input": {"a": 1}}


def test_the_resume_message_has_exactly_these_keys() -> None:
    text = messages.resume(
        [Completion(1, '{"a":1}'), Completion(2), Completion(3, failure=("no_such", "an é and a \ud800"))]
    )
    assert json.loads(text) == {
        "type": "resume",
        "completions": [
            {"id": 1, "ok": True, "value": {"a": 1}},
            {"id": 2, "ok": True, "value": None},
            {"id": 3, "ok": False, "error": {"code": "no_such", "message": "an é and a \ud800"}},
        ],
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), {"a": float("-inf")}])
def test_a_value_that_cannot_be_json_is_not_encoded(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        messages.encode(value)


def _parse_or_refuse(text: bytes) -> None:
    try:
        assert isinstance(messages.parse(text), Loaded | Pending | Done)
    except MalformedMessage:
        return


def _numbers(value: object) -> list[int]:
    match value:
        case list():
            return [number for one in value for number in _numbers(one)]
        case dict():
            return [number for one in value.values() for number in _numbers(one)]
        case int():
            return [value]
        case _:
            return []
