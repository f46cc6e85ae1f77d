"""`interlock modules`: code that actions of a tenant require as `actions:NAME`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from interlock.executor.commands import asking, authored, showing
from interlock.executor.commands.options import AsJson, Dependencies, Name, Page, PerPage, Tenant

app: Final = typer.Typer(help="Modules: code that actions share, with packages and secrets of its own.")

_DEPLOY_S: Final = 600


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
    body: dict[str, Any] = {"name": name, **(authored.code_of(file) if file else {})}
    if dependency:
        body["dependencies"] = authored.named(dependency)
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
    without: authored.Without = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Change a module's draft: its code, its packages."""
    return authored.edit(
        "module",
        name,
        file,
        dependency=dependency,
        without=without,
        tenant=tenant,
        json=json,
        then="builds it: the next builds of actions have it",
    )


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
    before: authored.Side = "deployed",
    after: authored.Side = "draft",
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Show how a module's draft differs from what is deployed, or one version from another."""
    return authored.compare("module", name, before, after, tenant, json=json)


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
    return authored.versions("module", name, tenant, page, per_page, json=json)


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
    return authored.delete("module", name, tenant, force=force, json=json)


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
