"""`interlock executions`: what became of events."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from interlock.executor.commands import asking, showing
from interlock.executor.commands.options import AsJson, Entity, Tenant
from interlock.executor.errors import Misused

if TYPE_CHECKING:
    from interlock.executor.client import Client

app: Final = typer.Typer(help="Executions: what became of each event.")

_Id = Annotated[str, typer.Argument(metavar="EXECUTION", help="Its id.", show_default=False)]
_Moment = "YYYY-MM-DDTHH:MM:SSZ"


@app.command("list")
def list_(
    *,
    tenant: Tenant = None,
    trigger: Annotated[str | None, typer.Option("--trigger", "-t", metavar="TRIGGER", help="Of this trigger.")] = None,
    entity: Entity = None,
    status: Annotated[str | None, typer.Option("--status", metavar="STATUS", help="Such as failed.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar=_Moment, help="Accepted then or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar=_Moment, help="Accepted before.")] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Go on behind a list.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100, help="How many.")] = 20,
    json: AsJson = False,
) -> int:
    """List executions, the newest first."""
    filters = {"trigger": trigger, "entity": entity, "status": status, "since": since, "until": until, "after": after}
    with asking.api(tenant) as asked:
        found = asked.client.get("tenants", asked.tenant, "executions", **filters, limit=limit)
    columns: list[showing.Column] = [
        ("EXECUTION", "id"),
        ("TRIGGER", "trigger"),
        ("RELEASE", "release"),
        ("STATUS", _status),
        ("ACCEPTED", showing.time("accepted_at")),
    ]
    return showing.page(found, columns, as_json=json, none="There are no such executions.")


@app.command("show")
def show(execution: _Id, *, tenant: Tenant = None, json: AsJson = False) -> int:
    """Show an execution: its event, what its actions did, how it ended."""
    with asking.api(tenant) as asked:
        found = asked.client.get("tenants", asked.tenant, "executions", execution)
    if json:
        return showing.whole(found)
    from interlock.executor.commands import outcomes  # noqa: PLC0415 - see `asking`

    outcomes.execution(found)
    return 0


@app.command("dead")
def dead(
    *,
    tenant: Tenant = None,
    trigger: Annotated[str | None, typer.Option("--trigger", "-t", metavar="TRIGGER", help="Of this trigger.")] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Go on behind a list.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100, help="How many.")] = 20,
    json: AsJson = False,
) -> int:
    """List dead letters: background executions that ended without having done their work."""
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "executions")
        found = asked.client.get(*place, dead=True, trigger=trigger, after=after, limit=limit)
    columns: list[showing.Column] = [
        ("EXECUTION", "id"),
        ("TRIGGER", "trigger"),
        ("ENDED", _end),
        ("ATTEMPTS", "attempt"),
        ("ACCEPTED", showing.time("accepted_at")),
    ]
    shown = showing.page(found, columns, as_json=json, none="There are no dead letters.")
    if found.get("items") and not json:
        showing.note("`interlock executions show` says why, `interlock executions resend` sends one again.")
    return shown


@app.command("resend")
def resend(
    executions: Annotated[
        list[str] | None, typer.Argument(metavar="EXECUTION", help="Their ids.", show_default=False)
    ] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", metavar="", help="Every dead letter there is now.")] = False,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Send dead letters again: each becomes a new execution, in the release that is in force now."""
    if bool(executions) is all_:
        raise Misused("usage", "Give the ids of executions, or --all.", "`interlock executions dead` lists them.")
    sent: dict[str, str] = {}
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "executions")
        for execution in executions or _dead(asked.client, place):
            sent[execution] = str(asked.client.post(*place, execution, "resend").get("execution"))
            if not json:
                showing.say(f"Sent {execution} again, as {sent[execution]}.")
    if json:
        return showing.whole({"sent": sent})
    if not sent:
        showing.note("There are no dead letters.")
    return 0


def _status(row: Mapping[str, Any]) -> str:
    return f"{_end(row)}, dead" if row.get("dead") else str(row.get("status"))


def _end(row: Mapping[str, Any]) -> str:
    # What is completed and dead asked for another attempt, and there was none left.
    return "retry" if row.get("status") == "completed" else str(row.get("status"))


def _dead(client: "Client", place: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = client.get(*place, dead=True, after=after, limit=100)
        found += [str(one["id"]) for one in page.get("items", [])]
        after = page.get("next")
        if after is None:
            return found


@app.command("cancel")
def cancel(execution: _Id, *, tenant: Tenant = None, json: AsJson = False) -> int:
    """Cancel an execution that is not done."""
    with asking.api(tenant) as asked:
        found = asked.client.post("tenants", asked.tenant, "executions", execution, "cancel")
    if json:
        return showing.whole(found)
    showing.say(f"Canceled {execution}.")
    return 0
