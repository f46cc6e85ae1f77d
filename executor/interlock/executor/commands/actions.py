"""`interlock actions`: code of a tenant, from a draft to what a trigger runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from interlock.executor.commands import asking, authored, showing
from interlock.executor.commands.options import (
    AsJson,
    Dependencies,
    Entity,
    Modules,
    Name,
    Page,
    PerPage,
    Tenant,
    Trigger,
)
from interlock.executor.errors import Misused

app: Final = typer.Typer(help="Actions: write, deploy, bind to a trigger.")

_TEST_S: Final = 120
"""A build and a run, in which nobody is done waiting sooner."""
_DEPLOY_S: Final = 300
"""How long somebody watches a build before it goes on unwatched."""


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As it is called from now on.", show_default=False)],
    file: Annotated[
        Path | None, typer.Argument(metavar="ACTION.js", help="Its code; without it, a start.", show_default=False)
    ] = None,
    *,
    trigger: Annotated[str, typer.Option("--trigger", "-t", metavar="TRIGGER", help="The trigger that it is for.")],
    dependency: Dependencies = None,
    module: Modules = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Make an action with a draft. It runs once it is deployed and bound. What ends in .ts is TypeScript."""
    body: dict[str, Any] = {"name": name, "trigger": trigger}
    if file is not None:
        body |= authored.code_of(file)
    if dependency:
        body["dependencies"] = authored.named(dependency)
    if module:
        from interlock.executor.commands import editing  # noqa: PLC0415 - see `asking`

        body["modules"] = editing.chosen(module, [])
    with asking.api(tenant) as asked:
        made = asked.client.post("tenants", asked.tenant, "actions", body=body)
    if json:
        return showing.whole(made)
    showing.say(f"Made the action {made.get('name', name)} of {trigger}: {made.get('id')}.")
    showing.note(
        f"`interlock actions deploy {name}` builds it, `interlock actions bind {trigger} {name}` puts it in force."
    )
    return 0


@app.command("edit")
def edit(
    name: Name,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="ACTION.js", help="The new code; without it, $EDITOR.", show_default=False),
    ] = None,
    *,
    dependency: Dependencies = None,
    without: authored.Without = None,
    module: Modules = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Change an action's draft: code, packages, versions of modules. What runs changes with the next deploy."""
    return authored.edit(
        "action",
        name,
        file,
        dependency=dependency,
        without=without,
        module=module,
        tenant=tenant,
        json=json,
        then="builds it and puts it in force where it is bound",
    )


@app.command("deploy")
def deploy(
    name: Name,
    *,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="An older version that is built already.")
    ] = None,
    wait: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to watch the build; 0: not at all.")
    ] = _DEPLOY_S,
    lock: Annotated[
        Path | None,
        typer.Option("--lock", metavar="package-lock.json", help="Exactly these packages, as npm wrote them down."),
    ] = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Build the draft as a new version and put it in force. Ends with 1 when the build failed."""
    from interlock.executor.commands import deploying  # noqa: PLC0415 - see `asking`

    if version is not None and lock is not None:
        raise Misused("usage", "A version that is built has its packages.", "Leave --version or --lock out.")
    packages = None if lock is None else deploying.read_lock(lock)
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "actions", name)
        if version is not None:
            built = asked.client.post(*place, "versions", str(version), "deploy")
        else:
            built = deploying.deploy(asked.client, place, wait, packages)
    if json:
        showing.whole(built)
    else:
        deploying.show(name, built)
    return 1 if built.get("status") == "failed" else 0


@app.command("test")
def run_test(
    name: Name,
    *,
    event: Annotated[
        str | None,
        typer.Option(
            "--event", "-e", metavar="EVENT.json", help="The event; - is standard input. Else a simulated one."
        ),
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="This version instead of the draft.")
    ] = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Run an action's draft once, with its real secrets, and print the outcome. No event is touched by it.

    Ends with 1 when it failed, or could not be built.
    """
    from interlock.executor.commands import deploying, events, outcomes  # noqa: PLC0415 - see `asking`

    content = None if event is None else events.read(event)
    body: dict[str, Any] = {"event": content, "version": version}
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "actions", name)
        given = {key: value for key, value in body.items() if value is not None}
        with deploying.progress("Testing ..."):
            answer = asked.client.ask("POST", *place, "test", body=given, wait_s=_TEST_S).record
        failed = answer.get("status") == "not_built"
        built = asked.client.get(*place, "versions", str(answer.get("version"))) if failed and not json else {}
    if json:
        showing.whole(answer)
    elif failed:
        deploying.show(name, built)
    else:
        outcomes.tested(answer)
    return 1 if answer.get("status") in {"failed", "not_built"} else 0


@app.command("diff")
def diff(
    name: Name,
    *,
    before: authored.Side = "deployed",
    after: authored.Side = "draft",
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Show how an action's draft differs from what is deployed, or one version from another."""
    return authored.compare("action", name, before, after, tenant, json=json)


@app.command("bind")
def bind(
    trigger: Trigger,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="The actions, in order.", show_default=False)
    ] = None,
    *,
    none: Annotated[bool, typer.Option("--none", metavar="", help="No action at all from now on.")] = False,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Let a trigger run these actions, in this order, instead of those that it runs now."""
    if bool(names) == none:
        raise Misused(
            "usage", "It is not said what the trigger is to run.", "Name its actions in order, or give --none."
        )
    body: dict[str, Any] = {"bindings": [{"action": name} for name in names or []]}
    with asking.api(tenant) as asked:
        made = asked.client.put(*("tenants", asked.tenant, "triggers", trigger, "bindings"), body=body, entity=entity)
    from interlock.executor.commands import release  # noqa: PLC0415 - see `asking`

    return showing.whole(made) if json else release.say(trigger, made)


@app.command("list")
def list_(
    *,
    tenant: Tenant = None,
    trigger: Annotated[str | None, typer.Option("--trigger", "-t", metavar="TRIGGER", help="Of this trigger.")] = None,
    deployed: Annotated[
        bool, typer.Option("--deployed", metavar="", help="Only those that have a deployed version.")
    ] = False,
    page: Page = 0,
    per_page: PerPage = 20,
    json: AsJson = False,
) -> int:
    """List a tenant's actions."""
    with asking.api(tenant) as asked:
        found = asked.client.get(
            *("tenants", asked.tenant, "actions"),
            trigger=trigger,
            deployed=deployed or None,
            page=page,
            per_page=per_page,
        )
    columns: list[showing.Column] = [
        ("NAME", "name"),
        ("TRIGGER", "trigger"),
        ("DEPLOYED", showing.time("deployed_at")),
        ("ID", "id"),
    ]
    return showing.page(
        found, columns, as_json=json, none="There are no actions. `interlock actions create` makes one."
    )


@app.command("versions")
def versions(name: Name, *, tenant: Tenant = None, page: Page = 0, per_page: PerPage = 20, json: AsJson = False) -> int:
    """List the versions of an action, the newest first."""
    return authored.versions("action", name, tenant, page, per_page, json=json)


@app.command("show")
def show(name: Name, *, tenant: Tenant = None, json: AsJson = False) -> int:
    """Show an action and the code of its draft."""
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "actions", name)
        found, draft = asked.client.get(*place), asked.client.get(*place, "draft")
    if json:
        return showing.whole({**found, "draft": dict(draft)})
    showing.record(
        [
            ("action", found.get("name")),
            ("id", found.get("id")),
            ("trigger", found.get("trigger")),
            ("deployed", showing.moment(found.get("deployed_at"))),
            ("made", showing.moment(found.get("created_at"))),
            *_packages(draft),
            ("draft", f"revision {draft.get('revision')}, {showing.moment(draft.get('updated_at'))}"),
        ]
    )
    showing.say("")
    showing.say(str(draft.get("code", "")).rstrip("\n"))
    return 0


@app.command("delete")
def delete(
    name: Name,
    *,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Also when it is bound.")] = False,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Delete an action with its versions and secrets."""
    return authored.delete("action", name, tenant, force=force, json=json)


def _packages(draft: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = [f"{each.get('name')}@{each.get('version')}" for each in draft.get("dependencies") or []]
    chosen = [f"{each.get('name')}@{each.get('number')}" for each in draft.get("modules") or []]
    return [(what, ", ".join(found)) for what, found in (("packages", named), ("modules", chosen)) if found]
