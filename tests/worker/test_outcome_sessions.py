from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import reducers, triggers
from interlock.worker.commands import Command
from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers.stored_metadata import Change

PLACES = [("api.session", "session"), ("api.refreshToken", "refresh_token")]

both = pytest.mark.parametrize(("place", "key"), PLACES)


def reduced(*commands: tuple[Any, ...], event: dict[str, Any] | None = None) -> dict[str, Any]:
    built = [Command(method, tuple(arguments)) for method, *arguments in commands]
    return reducers.reduce(reducers.named(triggers.BUILT_IN.get("post-login"), built), event or {})


@both
def test_metadata_is_set_and_deleted_key_by_key(place: str, key: str) -> None:
    commands = [
        (f"{place}.setMetadata", "a", "1"),
        (f"{place}.setMetadata", "b", "2"),
        (f"{place}.setMetadata", "a", "3"),
        (f"{place}.setMetadata", "c", None),
        (f"{place}.deleteMetadata", "b"),
    ]
    assert reduced(*commands) == {key: {"metadata": {"a": "3", "b": None, "c": None}}}


@both
def test_evicting_forgets_what_was_set_before_and_nothing_set_after(place: str, key: str) -> None:
    commands = [(f"{place}.setMetadata", "a", "1"), (f"{place}.evictMetadata",), (f"{place}.setMetadata", "b", "2")]
    assert reduced(*commands) == {key: {"evict_metadata": True, "metadata": {"b": "2"}}}
    assert reduced((f"{place}.evictMetadata",)) == {key: {"evict_metadata": True}}


@both
def test_the_earliest_of_several_times_wins(place: str, key: str) -> None:
    commands = [
        (f"{place}.setExpiresAt", 300),
        (f"{place}.setExpiresAt", 100),
        (f"{place}.setExpiresAt", 200),
        (f"{place}.setIdleExpiresAt", 70.5),
        (f"{place}.setIdleExpiresAt", 80),
    ]
    assert reduced(*commands) == {key: {"expires_at_ms": 100, "idle_expires_at_ms": 70.5}}


@both
@given(times=st.lists(st.integers(0, 2**53) | st.floats(0, 2**53), min_size=1, max_size=6), random=st.randoms())
def test_times_may_be_set_in_any_order(place: str, key: str, times: list[float], random: Any) -> None:
    shuffled = list(times)
    random.shuffle(shuffled)
    outcome = reduced(*((f"{place}.setExpiresAt", time) for time in shuffled))
    assert outcome == {key: {"expires_at_ms": min(times)}}


def test_the_last_cookie_mode_wins() -> None:
    method = "api.session.setCookieMode"
    assert reduced((method, "persistent"), (method, "non-persistent")) == {"session": {"cookie_mode": "non-persistent"}}


@both
def test_the_twenty_sixth_entry_is_refused_stored_ones_counted(place: str, key: str) -> None:
    stored = {key: {"metadata": {f"stored{n}": "x" for n in range(20)}}}
    five = [(f"{place}.setMetadata", f"new{n}", "x") for n in range(5)]
    reduced(*five, event=stored)
    with pytest.raises(CommandsRejected) as raised:
        reduced(*five, (f"{place}.setMetadata", "one", "more"), event=stored)
    assert raised.value.code == "too_many_metadata_entries"
    assert f"{place}.deleteMetadata" in raised.value.message
    reduced(*five, (f"{place}.deleteMetadata", "stored0"), (f"{place}.setMetadata", "one", "more"), event=stored)
    reduced((f"{place}.evictMetadata",), *((f"{place}.setMetadata", f"n{n}", "x") for n in range(25)), event=stored)


@both
def test_a_store_that_holds_more_can_still_be_changed(place: str, key: str) -> None:
    stored = {key: {"metadata": {f"stored{n}": "x" for n in range(40)}}}
    outcome = reduced((f"{place}.setMetadata", "stored0", "y"), (f"{place}.deleteMetadata", "stored1"), event=stored)
    assert outcome == {key: {"metadata": {"stored0": "y", "stored1": None}}}


names = st.text("abc", min_size=1, max_size=1)
changes = st.builds(Change, st.booleans(), st.dictionaries(names, st.none() | st.text("xy", max_size=2)))
stored_entries = st.dictionaries(names, st.text("xy", max_size=2))


@given(changes, changes, changes)
def test_changes_can_be_joined_in_any_grouping(first: Change, second: Change, third: Change) -> None:
    assert first.then(second).then(third) == first.then(second.then(third))


@given(stored_entries, changes, changes)
def test_a_joined_change_does_what_its_parts_do_one_after_the_other(
    stored: dict[str, Any], first: Change, second: Change
) -> None:
    assert first.then(second).apply(stored) == second.apply(first.apply(stored))
