"""`interlock log-streams`: where a tenant's log is to go. What opens somebody's account goes in and never comes out."""

import json as json_module
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from interlock.executor import files
from interlock.executor.commands import asking, showing
from interlock.executor.commands.options import AsJson, Tenant
from interlock.executor.errors import FileRefused, Misused

app: Final = typer.Typer(help="Log streams of a tenant: where its log is to go, kept and sealed.")

_HOW: Final = 'Write an object, such as {"httpEndpoint": "https://logs.example"}; docs/MANAGEMENT.md has the members.'

_Id = Annotated[str, typer.Argument(metavar="STREAM", help="Its id: lst_...", show_default=False)]
_Sink = Annotated[
    Path | None,
    typer.Option("--sink", metavar="FILE", help="Where it goes: a JSON object, of standard input for -."),
]
_Filter = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="CATEGORY", help="Such as actions; may be given again. Without any: all."),
]
_Pii = Annotated[
    list[str] | None,
    typer.Option("--mask", metavar="FIELD", help="A field of people that is masked, such as email; again for more."),
]
_Priority = Annotated[bool | None, typer.Option("--priority/--no-priority", metavar="", help="Before others, or not.")]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people.", show_default=False)],
    *,
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="Such as http, datadog or splunk.")],
    sink: _Sink = None,
    filters: _Filter = None,
    mask: _Pii = None,
    priority: _Priority = None,
    paused: Annotated[bool, typer.Option("--paused", metavar="", help="Not active yet.")] = False,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Make a log stream. Its sink holds secrets: it is read from a file or from standard input, never an argument."""
    if sink is None:
        raise Misused("usage", "Where it goes is missing.", "Give --sink FILE, or --sink - and pipe it in.")
    body = {"name": name, "type": kind, **_body(None, sink, filters, mask, priority=priority)}
    if paused:
        body["status"] = "paused"
    with asking.api(tenant) as asked:
        made = asked.client.post("tenants", asked.tenant, "log-streams", body=body)
    if json:
        return showing.whole(made)
    showing.say(f"Made the log stream {made.get('id')}, {made.get('status')}.")
    return 0


@app.command("list")
def list_(*, tenant: Tenant = None, json: AsJson = False) -> int:
    """List log streams, without what opens somebody's account."""
    with asking.api(tenant) as asked:
        found = asked.client.get("tenants", asked.tenant, "log-streams")
    columns: list[showing.Column] = [("STREAM", "id"), ("NAME", "name"), ("TYPE", "type"), ("STATUS", "status")]
    none = "There are no log streams. `interlock log-streams create NAME --type http --sink FILE` makes one."
    return showing.page(found, [*columns, ("TO", lambda each: _told(each.get("sink") or {}))], as_json=json, none=none)


@app.command("show")
def show(stream: _Id, *, tenant: Tenant = None, json: AsJson = False) -> int:
    """Show one, without what opens somebody's account."""
    with asking.api(tenant) as asked:
        found = asked.client.get("tenants", asked.tenant, "log-streams", stream)
    if json:
        return showing.whole(found)
    pii = found.get("pii_config") or {}
    showing.record(
        [
            ("Stream", found.get("id")),
            ("Name", found.get("name")),
            ("Type", found.get("type")),
            ("Status", found.get("status")),
            ("To", _told(found.get("sink") or {})),
            ("Sealed", found.get("sealed")),
            ("Filters", [each.get("name") for each in found.get("filters") or ()] or "all"),
            ("Priority", bool(found.get("priority"))),
            ("People", _told(pii)),
            ("From", showing.moment(found.get("start_from"))),
            ("Changed", showing.moment(found.get("updated_at"))),
        ]
    )
    return 0


@app.command("change")
def change(
    stream: _Id,
    *,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="For people.")] = None,
    status: Annotated[str | None, typer.Option("--status", metavar="STATUS", help="active or paused.")] = None,
    sink: _Sink = None,
    filters: _Filter = None,
    mask: _Pii = None,
    priority: _Priority = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Change what is given. Secrets that a new sink leaves out stay as they are."""
    body = _body(name, sink, filters, mask, priority=priority)
    if status is not None:
        body["status"] = status
    if not body:
        raise Misused("usage", "Nothing is to be changed.", "`interlock log-streams change --help` says what can be.")
    with asking.api(tenant) as asked:
        changed = asked.client.patch("tenants", asked.tenant, "log-streams", stream, body=body)
    if json:
        return showing.whole(changed)
    showing.say(f"Changed {changed.get('id')}, {changed.get('status')}.")
    return 0


@app.command("delete")
def delete(stream: _Id, *, tenant: Tenant = None, json: AsJson = False) -> int:
    """Forget a log stream and its secrets."""
    with asking.api(tenant) as asked:
        asked.client.delete("tenants", asked.tenant, "log-streams", stream)
    if json:
        return showing.whole({"id": stream, "deleted": True})
    showing.say(f"Deleted {stream}.")
    return 0


def _body(
    name: str | None, sink: Path | None, filters: list[str] | None, mask: list[str] | None, *, priority: bool | None
) -> dict[str, Any]:
    given = {
        "name": name,
        "sink": None if sink is None else _read(sink),
        "filters": None if not filters else [{"type": "category", "name": each} for each in filters],
        "pii_config": None if not mask else {"log_fields": [*mask], "method": "mask"},
        "priority": priority,
    }
    return {part: value for part, value in given.items() if value is not None}


def _read(path: Path) -> Mapping[str, Any]:
    """Return a sink. What is wrong with it is said without a word of it."""
    try:
        found = json_module.loads(files.read_given(str(path)))
    except (ValueError, RecursionError):
        raise FileRefused("sink_not_json", "The sink is no JSON.", _HOW) from None
    if not isinstance(found, dict):
        raise FileRefused("sink_not_json", "The sink is no object.", _HOW)
    return found


def _told(parts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(value)}" for name, value in parts.items())


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
