"""Which release an event runs while a canary is on."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.executor.service.choosing import chosen
from interlock.executor.store.arrivals import Pointer

USERS = st.text(min_size=1, max_size=40)


def pointer(weight: int, change: int = 2, release: str = "rel_2") -> Pointer:
    return Pointer("rel_1", 1, release, 2, weight, change)


def of(user: Any) -> dict[str, Any]:
    return {"user": {"user_id": user}}


@given(user=USERS, weight=st.integers(1, 10_000), more=st.integers(0, 9_999))
@settings(max_examples=200)
def test_a_user_stays_on_a_release_and_on_a_canary_that_grows(user: str, weight: int, more: int) -> None:
    first = chosen(pointer(weight), of(user))
    assert chosen(pointer(weight), {**of(user), "transaction": {"id": "another"}}) == first
    if first.number == 2:
        assert chosen(pointer(min(10_000, weight + more)), of(user)).number == 2
    assert chosen(pointer(10_000), of(user)) == Pointer("rel_2", 2)


def test_the_share_is_that_of_the_weight_and_another_canary_has_other_users() -> None:
    users = [f"auth0|{number}" for number in range(4_000)]
    on = {user for user in users if chosen(pointer(2_000), of(user)).number == 2}
    next_on = {user for user in users if chosen(pointer(2_000, 9), of(user)).number == 2}
    assert 0.17 < len(on) / len(users) < 0.23
    assert 0.1 < len(on & next_on) / len(on) < 0.3


def test_without_a_user_it_is_the_transaction_or_the_session_and_else_chance() -> None:
    for part, name in (("transaction", "id"), ("session", "id"), ("transaction", "correlation_id")):
        numbers = {chosen(pointer(5_000), {part: {name: "the same"}}).number for _ in range(20)}
        assert len(numbers) == 1
    for event in ({}, {"user": None}, {"user": {"user_id": 5}}, {"user": "ada", "session": []}):
        assert {chosen(pointer(5_000), event).number for _ in range(200)} == {1, 2}


def test_without_a_canary_nothing_is_chosen() -> None:
    stable = Pointer("rel_1", 1)
    assert chosen(stable, of("ada")) is stable


@given(user=USERS, weight=st.integers(1, 10_000))
@settings(max_examples=100)
def test_a_user_is_on_a_canary_in_all_triggers_of_its_change_or_in_none(user: str, weight: int) -> None:
    on = {chosen(pointer(weight, release=f"rel_{trigger}"), of(user)).number for trigger in range(5)}
    assert len(on) == 1
