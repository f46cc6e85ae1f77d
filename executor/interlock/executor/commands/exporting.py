"""`interlock export`: a tenant's actions in the format of Auth0's deploy tool, from what is deployed."""

from pathlib import Path
from typing import Any, Final

from interlock.executor import auth0_files
from interlock.executor.auth0_files import (
    Action,
    Bound,
    Dependency,
    Exported,
    Module,
    ModuleReference,
    Secret,
    Trigger,
    TriggerVersion,
)
from interlock.executor.client import Client
from interlock.executor.commands import asking, findings_report, showing, tenant_code
from interlock.executor.commands.tenant_code import deployed, pages, secret_names
from interlock.executor.errors import Misused
from interlock.executor.migration.planning import versions_of

_YAML: Final = frozenset({".yaml", ".yml"})


def export(path: Path, form: str | None, tenant: str | None, *, replace: bool, as_json: bool) -> int:
    """Write an export of a tenant. Return the exit status."""
    chosen = form or (auth0_files.YAML if path.suffix.lower() in _YAML else auth0_files.DIRECTORY)
    if chosen not in auth0_files.FORMATS:
        raise Misused("usage", f"There is no format {form}.", f"There are {' and '.join(auth0_files.FORMATS)}.")
    target = path / "tenant.yaml" if chosen == auth0_files.YAML and path.suffix.lower() not in _YAML else path
    with asking.api(tenant) as asked:
        found, drafts = _tenant(asked.client, asked.tenant)
    auth0_files.write(found, target, chosen, replace=replace)
    record = {
        "path": str(target),
        "format": chosen,
        "actions": [each.name for each in found.actions],
        "modules": [each.name for each in found.modules],
        "triggers": [each.id for each in found.triggers],
        "drafts_left": drafts,
    }
    if as_json:
        return showing.whole(record)
    showing.say(f"Wrote {findings_report.counted_all(found)} to {target}.")
    showing.note("It has the names of secrets, and no value. Limits and egress are no part of the format.")
    if drafts:
        showing.note(f"What is deployed was written; drafts that differ from it were not: {', '.join(drafts)}.")
    return 0


def _tenant(client: Client, tenant: str) -> tuple[Exported, list[str]]:
    here = ("tenants", tenant)
    shared = tenant_code.secret_names(client, *here)
    drafts: list[str] = []
    versions = {str(each["id"]): str(each["version"]) for each in client.get("triggers").get("items") or ()}
    actions = []
    for each in pages(client, *here, "actions"):
        read = _read(client, shared, drafts, *here, "actions", str(each["name"]))
        trigger = str(each["trigger"])
        supported = (TriggerVersion(trigger, versions.get(trigger)),)
        actions.append(Action(name=str(each["name"]), triggers=supported, **read))
    modules = []
    for each in pages(client, *here, "modules"):
        read = _read(client, shared, drafts, *here, "modules", str(each["name"]))
        number = read.pop("number")
        read = {"published": read.pop("deployed"), "latest": number, **read}
        del read["modules"], read["runtime"]
        modules.append(Module(name=str(each["name"]), **read))
    return Exported(tuple(actions), tuple(modules), tuple(_orders(client, *here))), drafts


def _read(client: Client, shared: list[str], drafts: list[str], *here: str) -> dict[str, Any]:
    draft = client.get(*here, "draft")
    version = deployed(client, *here)
    content = draft if version is None else version
    parts = ("code", "dependencies", "secret_names", "language")
    if version is not None and any(draft[part] != version[part] for part in parts):
        drafts.append(here[-1])
    chosen = {} if version is None else versions_of(version)
    names = list(content["secret_names"])
    if not names:
        # Who names none sees all: in an export they have to be named, or whoever imports it does not know of them.
        own = secret_names(client, *here)
        names = [*own, *(name for name in shared if name not in own and name in content["code"])]
    found: dict[str, Any] = {
        "code": content["code"],
        "language": content["language"],
        "dependencies": tuple(
            Dependency(each["name"], chosen.get(each["name"], each["version"])) for each in content["dependencies"]
        ),
        "secrets": tuple(Secret(name) for name in names),
        "deployed": version is not None,
        "runtime": content["runtime"],
        "modules": tuple(
            ModuleReference(each["name"], each["number"]) for each in (version or {}).get("modules") or ()
        ),
    }
    if here[2] == "modules":
        found["number"] = None if version is None else version["number"]
    return found


def _orders(client: Client, *here: str) -> list[Trigger]:
    places = dict.fromkeys(
        (str(each["trigger"]), str(each["entity"]))
        for change in pages(client, *here, "releases")
        for each in change.get("releases") or ()
    )
    found = []
    for trigger, entity in sorted(places):
        answer = client.get(*here, "triggers", trigger, "bindings", entity=entity or None)
        bound = tuple(Bound(each["action_name"], each["display_name"]) for each in answer.get("bindings") or ())
        if bound:
            found.append(Trigger(f"{trigger}/{entity}" if entity else trigger, bound))
    return found
