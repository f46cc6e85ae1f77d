"""Who may have an execution run again, with which code."""

from typing import Any

from sqlalchemy import update

from interlock.executor.store import tables
from interlock.worker import simulated_event, triggers

TRIGGER = "post-user-registration"


async def waiting(api: Any) -> str:
    """The path of an execution that nobody has run."""
    await api.bound(trigger=TRIGGER)
    event = simulated_event(triggers.BUILT_IN.get(TRIGGER))
    made = await api.made("POST", f"/tenants/acme/triggers/{TRIGGER}/events", {"event": event})
    return f"/tenants/acme/executions/{made['execution']}/replay"


async def test_code_takes_the_right_to_deploy_it(api: Any) -> None:
    path = await waiting(api)
    key = await api.key("acme", ["executions:replay"])
    edited = {"action": "mails", "code": "exports.a = 1"}
    assert await api.refused("POST", path, edited, key=key) == "403 scope_missing"
    both = await api.key("acme", ["executions:replay", "actions:write"])
    assert await api.refused("POST", path, edited, key=both) == "409 not_recorded"


async def test_what_has_not_ended_cannot_be_run_again(api: Any) -> None:
    assert await api.refused("POST", await waiting(api), {}, key="acme") == "409 not_recorded"


async def test_a_test_was_of_no_release_that_could_be_run_again(api: Any) -> None:
    path = await waiting(api)
    async with api.database.writing() as transaction:
        await transaction.execute(update(tables.EXECUTIONS).values(release_number=0))
    assert await api.refused("POST", path, {}, key="acme") == "409 not_recorded"


async def test_code_needs_the_name_of_an_action(api: Any) -> None:
    path = await waiting(api)
    for body in ({"code": "1"}, {"action": "mails"}, {"code": "1", "action": "mails", "more": 1}):
        assert await api.refused("POST", path, body, key="acme") == "422 request_invalid"
