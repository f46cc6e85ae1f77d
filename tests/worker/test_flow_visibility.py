"""What an action sees of the ones before it (COMPATIBILITY.md, Effects), with a runner that only looks."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import Action, ActionRun, Task, run_flow, simulated_event, triggers
from interlock.worker.commands import Command


async def seen(trigger: str, *runs: list[tuple[Any, ...]], event: Any = None) -> list[dict[str, Any]]:
    """The event as each action saw it, and last as one after all of them would."""
    events: list[dict[str, Any]] = []

    class Looks:
        async def run(self, action: Action, task: Task) -> ActionRun:
            # A copy, for nothing that is handed on may change afterwards either.
            events.append(copy.deepcopy(dict(task.event)))
            commands = runs[int(action.name)] if int(action.name) < len(runs) else []
            return ActionRun(tuple(Command(method, tuple(arguments)) for method, *arguments in commands), {})

    found = triggers.BUILT_IN.get(trigger)
    given_event = simulated_event(found) if event is None else event
    before = copy.deepcopy(given_event)
    actions = [Action(str(number), "", "a.js") for number in range(len(runs) + 1)]
    await run_flow(found, given_event, actions, Looks())
    assert given_event == before
    return events


@pytest.mark.parametrize("trigger", ["post-login", "pre-user-registration"])
@pytest.mark.parametrize(
    ("method", "field"), [("api.user.setUserMetadata", "user_metadata"), ("api.user.setAppMetadata", "app_metadata")]
)
async def test_the_next_actions_see_metadata_merged_into_the_users(trigger: str, method: str, field: str) -> None:
    event: Any = simulated_event(triggers.BUILT_IN.get(trigger))
    event["user"][field] = {"kept": 1, "changed": 1, "gone": 1}
    first, second, third = await seen(
        trigger, [(method, "changed", 2), (method, "gone", None)], [(method, "new", {"a": 1})], event=event
    )
    assert first["user"][field] == {"kept": 1, "changed": 1, "gone": 1}
    assert second["user"][field] == {"kept": 1, "changed": 2}
    assert third["user"][field] == {"kept": 1, "changed": 2, "new": {"a": 1}}
    assert {**third, "user": {**third["user"], field: event["user"][field]}} == first


async def test_a_user_without_metadata_gets_it() -> None:
    event: Any = simulated_event(triggers.BUILT_IN.get("pre-user-registration"))
    del event["user"]["user_metadata"]
    _, after = await seen("pre-user-registration", [("api.user.setUserMetadata", "a", 1)], event=event)
    assert after["user"]["user_metadata"] == {"a": 1}


async def test_an_event_without_a_user_shows_nothing_of_it() -> None:
    first, after = await seen("custom-token-exchange", [("api.user.setUserMetadata", "a", 1)])
    assert after == first


async def test_transaction_metadata_is_seen_at_once() -> None:
    method = "api.transaction.setMetadata"
    first, second, third = await seen("post-login", [(method, "step", 1)], [(method, "step", 2), (method, "ok", True)])
    before = first["transaction"]["metadata"]
    assert second["transaction"]["metadata"] == {**before, "step": 1}
    assert third["transaction"]["metadata"] == {**before, "step": 2, "ok": True}


async def test_transaction_metadata_is_seen_where_the_event_had_no_transaction() -> None:
    event: Any = simulated_event(triggers.BUILT_IN.get("post-login"))
    del event["transaction"]
    _, after = await seen("post-login", [("api.transaction.setMetadata", "step", 1)], event=event)
    assert after["transaction"] == {"metadata": {"step": 1}}


@pytest.mark.parametrize(("place", "key"), [("api.session", "session"), ("api.refreshToken", "refresh_token")])
async def test_session_and_refresh_token_metadata_are_seen_at_once(place: str, key: str) -> None:
    first, second, third, fourth = await seen(
        "post-login",
        [(f"{place}.setMetadata", "a", "1"), (f"{place}.setMetadata", "b", "2")],
        [(f"{place}.deleteMetadata", "a"), (f"{place}.setMetadata", "device_name", None)],
        [(f"{place}.evictMetadata",), (f"{place}.setMetadata", "c", "3")],
    )
    assert first[key]["metadata"] == {"device_name": "laptop"}
    assert second[key]["metadata"] == {"device_name": "laptop", "a": "1", "b": "2"}
    assert third[key]["metadata"] == {"b": "2"}
    assert fourth[key]["metadata"] == {"c": "3"}


async def test_credentials_exchange_shows_the_claims_so_far_without_those_left_out() -> None:
    method = "api.accessToken.setCustomClaim"
    first, after = await seen("credentials-exchange", [(method, "tier", "gold"), (method, "sub", "x")])
    assert first["accessToken"]["customClaims"] == {}
    assert after["accessToken"] == {**first["accessToken"], "customClaims": {"tier": "gold"}}


async def test_claims_scopes_and_all_other_effects_are_seen_by_nobody() -> None:
    first, after = await seen(
        "post-login",
        [
            ("api.accessToken.setCustomClaim", "tier", "gold"),
            ("api.idToken.setCustomClaim", "tier", "gold"),
            ("api.accessToken.addScope", "read:x"),
            ("api.samlResponse.setAttribute", "a", "b"),
            ("api.multifactor.enable", "any"),
            ("api.session.setCookieMode", "non-persistent"),
            ("api.session.setExpiresAt", 5),
            ("api.authentication.setPrimaryUser", "auth0|2"),
        ],
    )
    assert after == first


async def test_what_an_action_writes_into_its_event_is_gone_for_the_next() -> None:
    names: list[Any] = []

    class Scribbles:
        async def run(self, action: Action, task: Task) -> ActionRun:
            names.append((action.name, task.event.get("email")))
            task.event["email"] = "changed"  # type: ignore[index]
            return ActionRun((), {})

    trigger = triggers.BUILT_IN.get("event-stream")
    await run_flow(trigger, simulated_event(trigger), [Action("a", "", "a.js"), Action("b", "", "b.js")], Scribbles())
    assert names == [("a", None), ("b", None)]


keys = st.sampled_from(["a", "b", "theme"])
writes = st.lists(
    st.tuples(
        st.sampled_from(["api.user.setUserMetadata", "api.user.setAppMetadata", "api.transaction.setMetadata"]),
        keys,
        st.integers(0, 3),
    ),
    max_size=4,
)


@given(st.lists(writes, max_size=4))
async def test_it_does_not_matter_to_the_last_action_how_writes_were_spread_over_actions(runs: list[Any]) -> None:
    together = [write for run in runs for write in run]
    assert (await seen("post-login", *runs))[-1] == (await seen("post-login", together))[-1]
