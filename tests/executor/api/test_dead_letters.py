"""Dead letters over HTTP: listed, looked at, sent again once."""

from typing import Any

from interlock.executor.store import execution_states
from interlock.executor.store.execution_states import Final
from interlock.worker import simulated_event, triggers

TRIGGER = "post-user-registration"


async def dead(api: Any) -> str:
    """A background execution whose last attempt failed."""
    action = await api.deployed("mails", "acme", trigger=TRIGGER)
    await api.bound(action, tenant="acme", trigger=TRIGGER)
    event = simulated_event(triggers.BUILT_IN.get(TRIGGER))
    made = await api.made("POST", f"/tenants/acme/triggers/{TRIGGER}/events", {"event": event})
    execution = str(made["execution"])
    async with api.database.writing() as transaction:
        final = Final("failed", {"result": None, "error": {"code": "x", "message": "y"}}, {}, dead=True)
        assert await execution_states.finish(transaction, "acme", execution, attempt=1, final=final)
    return execution


async def test_a_dead_letter_is_listed_and_sent_again_once(api: Any) -> None:
    execution = await dead(api)
    listed = await api.made("GET", "/tenants/acme/executions?dead=true")
    assert [one["id"] for one in listed["items"]] == [execution]
    answer = await api("POST", f"/tenants/acme/executions/{execution}/resend", key="acme")
    assert answer.status_code == 202
    again = answer.json()["execution"]
    assert again != execution
    first = await api.made("GET", f"/tenants/acme/executions/{execution}")
    assert (first["dead"], first["sent_again_as"], first["status"]) == (False, again, "failed")
    second = await api.made("GET", f"/tenants/acme/executions/{again}")
    assert (second["status"], second["event"]) == ("accepted", first["event"])
    refused = await api.refused("POST", f"/tenants/acme/executions/{execution}/resend", key="acme")
    assert refused == "409 execution_not_dead"
    assert (await api.made("GET", "/tenants/acme/executions?dead=true"))["items"] == []
    audit = await api.made("GET", "/tenants/acme/audit")
    assert "send_again" in str(audit)


async def test_one_that_still_runs_is_no_dead_letter(api: Any) -> None:
    execution = await dead(api)
    again = (await api("POST", f"/tenants/acme/executions/{execution}/resend", key="acme")).json()["execution"]
    refused = await api.refused("POST", f"/tenants/acme/executions/{again}/resend", key="acme")
    assert refused == "409 execution_not_dead"
