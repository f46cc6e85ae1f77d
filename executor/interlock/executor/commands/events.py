"""`interlock events`: sending one, and one of a user who is back, as an identity provider would."""

import json as json_module
import re
from typing import Annotated, Any, Final

import typer

from interlock.executor.commands import asking, showing
from interlock.executor.commands.options import AsJson, Entity, Tenant, Trigger
from interlock.executor.errors import Misused

app: Final = typer.Typer(help="Events: what a trigger tells a tenant's actions.")

_BLOCKING_MS: Final = 60_000
"""The longest that the API lets anybody wait for an outcome."""
_IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_REPLAYED: Final = "idempotent-replayed"


_Event = Annotated[str, typer.Option("--event", "-e", metavar="EVENT.json", help="The event; - is standard input.")]
_IdempotencyKey = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="KEY", help="The same key again is the same execution."),
]
_Within = Annotated[
    int | None, typer.Option("--within", metavar="MS", min=1, help="For how long an outcome is of use.")
]


@app.command("send")
def send(
    trigger: Trigger,
    *,
    event: _Event,
    tenant: Tenant = None,
    entity: Entity = None,
    idempotency_key: _IdempotencyKey = None,
    within: _Within = None,
    json: AsJson = False,
) -> int:
    """Send an event to a tenant's actions and print the outcome. Ends with 1 when the flow failed."""
    content = read(event)
    body: dict[str, Any] = {"event": content, **({"entity": entity} if entity else {})}
    return _sent(("triggers", trigger, "events"), body, tenant, trigger, idempotency_key, within, as_json=json)


@app.command("resume")
def resume(
    execution: Annotated[
        str | None, typer.Argument(metavar="EXECUTION", help="The suspended execution.", show_default=False)
    ] = None,
    *,
    event: _Event,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="What came back with the user, instead of its id.")
    ] = None,
    trigger: Annotated[
        str | None, typer.Option("--trigger", "-t", metavar="TRIGGER", help="The trigger that it must be of.")
    ] = None,
    tenant: Tenant = None,
    idempotency_key: _IdempotencyKey = None,
    within: _Within = None,
    json: AsJson = False,
) -> int:
    """Go on with a suspended flow: its user is back. EVENT.json has the new `request`, and what else is new."""
    if execution is None and state is None:
        raise Misused(
            "usage", "Nobody said which flow goes on.", "Give the suspended execution's id, or --state STATE."
        )
    body = {"event": read(event), "state": state, "trigger": trigger}
    body = {name: value for name, value in body.items() if value is not None}
    where = ("resume",) if execution is None else ("executions", execution, "resume")
    return _sent(where, body, tenant, trigger or "", idempotency_key, within, as_json=json)


def _sent(  # noqa: PLR0917 - what both commands were given
    where: tuple[str, ...],
    body: dict[str, Any],
    tenant: str | None,
    trigger: str,
    idempotency_key: str | None,
    within: int | None,
    *,
    as_json: bool,
) -> int:
    if within is not None:
        body["within_ms"] = within
    if idempotency_key is not None and not _IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise Misused("usage", "An idempotency key is 1 to 255 visible ASCII characters.", "Give another one.")
    headers = {"idempotency-key": idempotency_key} if idempotency_key is not None else {}
    with asking.api(tenant) as asked:
        found = asked.client.ask(
            "POST",
            *("tenants", asked.tenant, *where),
            body=body,
            headers=headers,
            wait_s=min(within or _BLOCKING_MS, _BLOCKING_MS) / 1000,
        )
    answer = found.record
    if as_json:
        showing.whole(answer)
    elif "actions" not in answer:
        showing.say(f"Accepted as execution {answer.get('execution')}, for release {answer.get('release')}.")
        showing.note(f"`interlock executions show {answer.get('execution')}` says what became of it.")
    else:
        from interlock.executor.commands import outcomes  # noqa: PLC0415 - see `asking`

        of = str(answer.get("trigger") or trigger)
        outcomes.blocking(answer, of, body["event"], replayed=found.headers.get(_REPLAYED) == "true")
    return 1 if answer.get("status") == "failed" else 0


def read(path: str) -> dict[str, Any]:
    """Return the event of a file. Raises Misused, FileRefused."""
    from interlock.executor import files  # noqa: PLC0415 - see `asking`

    octets = files.read_event(path)
    try:
        content = json_module.loads(octets)
        # A number that is none, or beyond all numbers, would fail later.
        json_module.dumps(content, allow_nan=False)
    except RecursionError:
        raise Misused("event_too_deep", "The event is nested beyond reason.", "Flatten it.") from None
    except ValueError:
        # What the parser says may repeat a part of the event.
        raise Misused(
            "event_not_json", f"{'Standard input' if path == '-' else path} holds no JSON.", _hint()
        ) from None
    if not isinstance(content, dict):
        raise Misused("event_not_json", "An event is a JSON object.", _hint())
    return content


def _hint() -> str:
    return "`interlock event TRIGGER` prints a complete event."
