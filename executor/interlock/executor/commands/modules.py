"""`interlock modules`: code that actions of a tenant require as `actions:NAME`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from interlock.executor.commands import asking, showing
from interlock.executor.commands.options import AsJson, Dependencies, Name, Page, PerPage, Tenant

app: Final = typer.Typer(help="Modules: code that actions share, with packages and secrets of its own.")

_DEPLOY_S: Final = 600
_Side = Annotated[str, typer.Option(metavar="SIDE", help="A version's number, `draft` or `deployed`.")]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in require('actions:NAME').", show_default=False)],
    file: Annotated[
        Path | None, typer.Argument(metavar="MODULE.js", help="Its code; without it, a start.", show_default=False)
    ] = None,
    *,
    dependency: Dependencies = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Make a module with a draft. Actions can require it once it is deployed."""
    from interlock.executor.commands import actions  # noqa: PLC0415 - see `asking`

    body: dict[str, Any] = {"name": name, **(actions.code_of(file) if file else {})}
    if dependency:
        body["dependencies"] = actions.named(dependency)
    with asking.api(tenant) as asked:
        made = asked.client.post("tenants", asked.tenant, "modules", body=body)
    if json:
        return showing.whole(made)
    showing.say(f"Made the module {made.get('name', name)}: {made.get('id')}.")
    showing.note(f"`interlock modules deploy {name}` builds it. Then an action can require('actions:{name}').")
    return 0


@app.command("edit")
def edit(
    name: Name,
    file: Annotated[
        Path | None, typer.Argument(metavar="MODULE.js", help="The new code; without it, $EDITOR.", show_default=False)
    ] = None,
    *,
    dependency: Dependencies = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="NAME", help="A package that it no longer needs. May be given again."),
    ] = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Change a module's draft: its code, its packages."""
    from interlock.executor.commands import actions, editing  # noqa: PLC0415 - see `asking`

    packages = editing.Packages(tuple(actions.named(dependency or [])), tuple(without or []))
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "modules", name, "draft")
        saved = editing.edit(asked.client, place, actions.code_of(file) if file else {}, packages)
    if saved is None:
        showing.note("Nothing was changed.")
        return 0
    if json:
        return showing.whole(saved)
    showing.say(f"Saved revision {saved.get('revision')} of the draft of {name}.")
    return 0


@app.command("deploy")
def deploy(
    name: Name,
    *,
    update_dependants: Annotated[
        bool,
        typer.Option("--update-dependants", metavar="", help="Rebuild the actions that have it, all or none at once."),
    ] = False,
    update_pinned: Annotated[
        bool,
        typer.Option("--update-pinned", metavar="", help="Those that chose an older version of it, too."),
    ] = False,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="An older version that is built already.")
    ] = None,
    wait: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to watch it; 0: not at all.")
    ] = _DEPLOY_S,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Build the draft. The next build of an action that requires it has it; with --update-dependants all have it
    now.
    """
    from interlock.executor.commands import changing  # noqa: PLC0415 - see `asking`

    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "modules", name)
        if version is not None:
            built = asked.client.post(*place, "versions", str(version), "deploy")
            if not json:
                showing.say(f"Deployed version {version} of {name}. The next builds of actions have it.")
            return showing.whole(built) if json else 0
        body = {"update_dependants": update_dependants or update_pinned, "update_pinned": update_pinned}
        change = changing.watched(asked.client, (*place, "deploy"), body, wait)
        code = {} if json else {("modules", name): (Path(name), _draft(asked, name))}
    if json:
        showing.whole(change)
        return 1 if change.get("status") == "failed" else 0
    status = changing.show(change, code)
    if update_dependants:
        _note_who_keep(name, change)
    return status


@app.command("diff")
def diff(
    name: Name,
    *,
    before: _Side = "deployed",
    after: _Side = "draft",
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Show how a module's draft differs from what is deployed, or one version from another."""
    from interlock.executor.commands import differences  # noqa: PLC0415 - see `asking`

    with asking.api(tenant) as asked:
        found = asked.client.get("tenants", asked.tenant, "modules", name, "diff", before=before, after=after)
    if json:
        return showing.whole(found)
    differences.show_code(found)
    return 0


@app.command("list")
def list_(*, tenant: Tenant = None, page: Page = 0, per_page: PerPage = 20, json: AsJson = False) -> int:
    """List a tenant's modules."""
    with asking.api(tenant) as asked:
        found = asked.client.get("tenants", asked.tenant, "modules", page=page, per_page=per_page)
    columns: list[showing.Column] = [("NAME", "name"), ("DEPLOYED", showing.time("deployed_at")), ("ID", "id")]
    return showing.page(
        found, columns, as_json=json, none="There are no modules. `interlock modules create` makes one."
    )


@app.command("versions")
def versions(name: Name, *, tenant: Tenant = None, page: Page = 0, per_page: PerPage = 20, json: AsJson = False) -> int:
    """List the versions of a module, the newest first."""
    with asking.api(tenant) as asked:
        found = asked.client.get(*("tenants", asked.tenant, "modules", name, "versions"), page=page, per_page=per_page)
    columns: list[showing.Column] = [
        ("VERSION", "number"),
        ("STATUS", "status"),
        ("IN FORCE", "deployed"),
        ("MADE", showing.time("created_at")),
    ]
    return showing.page(found, columns, as_json=json, none=f"None yet. `interlock modules deploy {name}` makes one.")


@app.command("delete")
def delete(
    name: Name,
    *,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Though deployed actions have it, which lose its secrets.")
    ] = False,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Delete a module with its versions and secrets."""
    with asking.api(tenant) as asked:
        asked.client.delete("tenants", asked.tenant, "modules", name, force=force or None)
    if json:
        return showing.whole({"module": name, "deleted": True})
    showing.say(f"Deleted the module {name}.")
    return 0


def _note_who_keep(name: str, change: Mapping[str, Any]) -> None:
    """Name the actions that were left alone, and how each would follow."""
    for each in change.get("keep") or []:
        action, number = each["action"], each["number"]
        showing.note(f"{action} keeps version {number} of {name}, which it chose.")
    if change.get("keep"):
        showing.note(f"`interlock modules deploy {name} --update-pinned` moves all of them to the new version;")
        showing.note(
            f"`interlock actions edit ACTION --module {name}@N`, or {name}@deployed, and a deploy one of them."
        )


def _draft(asked: asking.Asked, name: str) -> str:
    return str(asked.client.get("tenants", asked.tenant, "modules", name, "draft").get("code", ""))
