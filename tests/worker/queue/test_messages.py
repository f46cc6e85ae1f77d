"""Messages are closed: what is not ours is refused, and refusing it repeats nothing of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.errors import MessageRejected
from interlock.worker.queue import ExecutionMessage, Outcome

GOOD: dict[str, Any] = {
    "version": 1,
    "execution": "e-1_A",
    "tenant": "acme",
    "trigger": "post-login",
    "entity": "",
    "release": "rel_1",
    "release_number": 1,
    "event": {"user": {"email": "canary@example.com"}},
    "accepted_ms": 1_700_000_000_000,
    "deadline_ms": 1_800_000_000_000,
    "lookups": {"groups": ["canary"], "roles": [{"id": "r1", "name": "canary"}]},
    "blocking": True,
    "attempt": 1,
    "attempts": 3,
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(event=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_message_is_read_as_it_was_written(event: dict[str, Any]) -> None:
    message = ExecutionMessage.model_validate(GOOD | {"event": event})
    assert ExecutionMessage.from_json(message.to_json()) == message


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "canary"},
        {"image": "canary"},
        {"secrets": {"canary": "canary"}},
        {"version": 2},
        {"version": True},
        {"execution": "../canary"},
        {"execution": "e\n"},
        {"execution": "x" * 65},
        {"execution": ""},
        {"tenant": ""},
        {"tenant": 7},
        {"event": "canary"},
        {"event": None},
        {"blocking": "true"},
        {"deadline_ms": "1"},
        {"deadline_ms": -1},
        {"deadline_ms": 1e300},
        {"accepted_ms": -1},
        {"accepted_ms": "1"},
        {"lookups": []},
        {"lookups": {"canary": []}},
        {"lookups": {"groups": "canary"}},
        {"lookups": {"groups": [7]}},
        {"lookups": {"roles": [{"name": 7}]}},
        {"attempt": 0},
        {"attempt": 10**30},
        {"attempts": 101},
        {"release_number": -1},
        {"release_number": 1 << 31},
    ],
    ids=str,
)
def test_another_form_is_refused_without_a_word_of_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(MessageRejected) as refused:
        ExecutionMessage.from_json(json.dumps(GOOD | wrong).encode())
    assert "canary" not in refused.value.message
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("missing", sorted(GOOD.keys() - {"version", "entity", "attempt", "attempts", "lookups"}))
def test_a_field_that_is_missing_is_named(missing: str) -> None:
    with pytest.raises(MessageRejected, match=missing):
        ExecutionMessage.from_json(json.dumps({name: GOOD[name] for name in GOOD if name != missing}).encode())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1" * 5_000])
def test_what_is_no_json_is_refused(number: str) -> None:
    with pytest.raises(MessageRejected):
        ExecutionMessage.from_json(json.dumps(GOOD).replace("1800000000000", number).encode())


def test_an_outcome_is_shown_without_what_it_holds() -> None:
    outcome = Outcome(
        execution="e", attempt=1, status="completed", result={"a": "canary"}, in_clear={"outcome": "canary"}
    )
    assert "canary" not in repr(outcome)
    assert outcome.for_the_caller() == {"a": "canary", "outcome": {"outcome": "canary"}}
