"""`interlock releases`: what a trigger ran and runs, and going back."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from interlock.executor.commands import asking, showing
from interlock.executor.commands.options import AsJson, Entity, Page, PerPage, Tenant, Trigger

app: Final = typer.Typer(help="Releases: what a trigger runs, numbered, and going back to one.")


@app.command("list")
def list_(
    trigger: Trigger,
    *,
    entity: Entity = None,
    tenant: Tenant = None,
    page: Page = 0,
    per_page: PerPage = 20,
    json: AsJson = False,
) -> int:
    """List the releases of a trigger, the newest first: it is in force."""
    with asking.api(tenant) as asked:
        found = asked.client.get(
            *("tenants", asked.tenant, "triggers", trigger, "releases"), entity=entity, page=page, per_page=per_page
        )
    columns: list[showing.Column] = [
        ("RELEASE", "number"),
        ("BECAUSE OF", _reason),
        ("BY", "created_by"),
        ("MADE", showing.time("created_at")),
    ]
    return showing.page(
        found, columns, as_json=json, none=f"Nothing was ever bound. `interlock actions bind {trigger} NAME` does it."
    )


@app.command("rollback")
def rollback(
    trigger: Trigger,
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=1, help="The release to go back to.", show_default=False)
    ],
    *,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Put an older release in force again, as a new one. Secrets keep their present values."""
    with asking.api(tenant) as asked:
        made = asked.client.ask(
            "POST",
            *("tenants", asked.tenant, "triggers", trigger, "releases", str(number), "rollback"),
            body={},
            query={"entity": entity},
        ).record
    return showing.whole(made) if json else say(trigger, made)


def say(trigger: str, release: Mapping[str, Any]) -> int:
    """Print a release that is now in force. Return 0."""
    showing.say(f"Release {release.get('number')} of {trigger} is in force.")
    entries = release.get("entries") or []
    if entries:
        columns: list[showing.Column] = [
            ("", lambda entry: int(entry.get("position", 0)) + 1),
            ("ACTION", _action),
            ("VERSION", _version),
        ]
        showing.table(entries, columns)
    else:
        showing.note("It runs no action: events complete at once.")
    return 0


def _action(entry: Mapping[str, Any]) -> object:
    action = entry.get("action_name") or entry.get("action")
    return action.get("name") if isinstance(action, Mapping) else action


def _version(entry: Mapping[str, Any]) -> object:
    version = entry.get("version_number") or entry.get("version")
    return version.get("number") if isinstance(version, Mapping) else version


def _reason(release: Mapping[str, Any]) -> str:
    restored = release.get("restores")
    return f"{release.get('reason')} to {restored}" if restored else str(release.get("reason") or "")
