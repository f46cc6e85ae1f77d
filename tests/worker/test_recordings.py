"""What is kept of host operations, and what of it people see."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox import Operation, Tape
from interlock.sandbox.messages import Completion
from interlock.sandbox.tapes import Answered, Asked
from interlock.secrets import Masker
from interlock.worker.errors import RecordingUnreadable
from interlock.worker.recordings import Recorded, Recording, describe

HEADERS = [["authorization", "Bearer canary"], ["cookie", "canary"]]


def test_a_request_shows_its_method_and_its_address_without_what_a_token_may_be_in() -> None:
    url = "https://canary:canary@api.example:8443/v1/users?token=canary&canary-alone#canary"
    operation = Operation(1, "fetch.start", {"method": "POST", "url": url, "headers": HEADERS, "body": "Y2FuYXJ5"})
    assert describe(operation) == {
        "method": "POST",
        "url": "https://api.example:8443/v1/users?token=***&canary-alone=***",
        "body": 6,
    }


@given(st.text(), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_of_an_operation_that_stands_in_no_table_nothing_is_shown(kind: str, args: dict[str, str]) -> None:
    assert describe(Operation(1, f"x.{kind}", args)) is None


@given(st.text(st.characters(exclude_characters="?#")), st.text(st.characters(exclude_characters="#&=")))
def test_no_value_of_a_query_is_shown(path: str, value: str) -> None:
    shown = describe(Operation(1, "fetch.start", {"url": f"https://a.example/{path}?name={value}"}))
    assert isinstance(shown, dict)
    url = str(shown["url"])
    assert url.endswith("?name=***") or len(url) == 300


def recording(shown: object = None) -> Recording:
    asked = Asked(1, "fetch.start", "0" * 32, shown, 10)
    told = Completion(1, json.dumps({"status": 503, "headers": [["set-cookie", "canary"]]}))
    tape = Tape((1.5,), (b"\0\xff",), (), (asked,), (Answered(30, (told,)),))
    return Recording("engine", 20_000, {"a": Recorded(tape, 19_000, 20_000, {"key": {"value": "v"}})})


@pytest.mark.parametrize("length", [1, 5_000])
def test_a_recording_comes_back_as_it_was(length: int) -> None:
    made = recording({"host": "x" * length})
    packed = made.pack(Masker([]))
    assert Recording.unpack(packed) == made
    assert len(packed) < 2_000


def test_secrets_are_masked_in_what_is_shown_before_it_is_packed() -> None:
    packed = recording({"url": "https://hooks.example/canary-secret"}).pack(Masker(["canary-secret"]))
    assert b"canary-secret" not in packed
    assert Recording.unpack(packed).shown() == {
        "a": [{"kind": "fetch.start", "at_us": 10, "url": "https://hooks.example/***", "took_us": 20, "status": 503}]
    }


@pytest.mark.parametrize("damaged", [b"", b"j", b"z", b"j{}", b"z123", b'j{"v":2}', b'j{"v":1}', b"jnull"])
def test_what_is_no_recording_is_refused(damaged: bytes) -> None:
    with pytest.raises(RecordingUnreadable):
        Recording.unpack(damaged)
