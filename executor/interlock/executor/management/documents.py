"""What Auth0's objects look like: built field by field, because its tools write what they are given into files and
send it back. What is absent is left out, never null.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from interlock.executor.api.models import written_moment
from interlock.executor.service.deploying import Shown
from interlock.executor.store import version_states
from interlock.executor.store.authored import Authored, Version
from interlock.executor.store.bindings import Binding
from interlock.worker.triggers import Catalogue

_STATUSES: Final = {version_states.WAITING: version_states.PENDING}


def action(authored: Authored, catalogue: Catalogue) -> dict[str, Any]:
    """Return an action."""
    found, draft, newest = authored.action, authored.draft, authored.newest
    document = {
        "id": found.id,
        "name": found.name,
        "supported_triggers": supported(found.trigger, catalogue),
        "code": draft.code,
        "dependencies": dependencies(draft.dependencies),
        "runtime": draft.runtime,
        "status": status(authored),
        "secrets": secrets(authored),
        "modules": modules(_pins(authored)),
        "all_changes_deployed": authored.is_deployed,
        "created_at": written_moment(found.created_at),
        "updated_at": written_moment(max(found.updated_at, draft.updated_at)),
    }
    if newest is not None and newest.status == version_states.BUILT and newest.content == authored.content:
        document["built_at"] = written_moment(newest.updated_at)
    if authored.deployed is not None:
        document["deployed_version"] = version(authored.deployed, authored, catalogue, deep=False)
    return document


def status(authored: Authored) -> str:
    """Return how far the draft is: as the last version is that was built of it, or `built`, which is what a deploy
    asks for: it builds what is not built yet.
    """
    newest = authored.newest
    if newest is None or newest.content != authored.content:
        return version_states.BUILT
    return _status(newest)


def shown(found: Shown, catalogue: Catalogue) -> dict[str, Any]:
    """Return a version with its action."""
    return version(found.version, found.authored, catalogue)


def version(of: Version, authored: Authored, catalogue: Catalogue, *, deep: bool = True) -> dict[str, Any]:
    """Return a version; `deep`: with its action."""
    found = authored.action
    triggers = supported(found.trigger, catalogue)
    document = {
        "id": of.id,
        "action_id": found.id,
        "number": of.number,
        "code": of.code,
        "dependencies": dependencies(of.dependencies),
        "runtime": of.runtime,
        "secrets": _secrets(of.secret_names or authored.secrets, authored),
        "supported_triggers": triggers,
        "modules": modules(of.modules),
        "status": _status(of),
        "deployed": of.id == found.deployed_version_id,
        "errors": [{name: str(each.get(name, "")) for name in ("id", "msg", "url")} for each in of.errors],
        "created_at": written_moment(of.created_at),
        "updated_at": written_moment(of.updated_at),
    }
    if of.status == version_states.BUILT:
        document["built_at"] = written_moment(of.updated_at)
    if deep:
        document["action"] = {
            "id": found.id,
            "name": found.name,
            "supported_triggers": triggers,
            "all_changes_deployed": authored.is_deployed,
            "created_at": written_moment(found.created_at),
            "updated_at": written_moment(found.updated_at),
        }
    return document


def binding(of: Binding, authored: Authored, catalogue: Catalogue) -> dict[str, Any]:
    """Return a binding with its action."""
    return {
        "id": of.id,
        "trigger_id": of.trigger,
        "display_name": of.display_name,
        "action": action(authored, catalogue),
        "created_at": written_moment(of.created_at),
        "updated_at": written_moment(of.created_at),
    }


def supported(trigger: str, catalogue: Catalogue) -> list[dict[str, str]]:
    """Return what an action is for. A trigger that its operator took away has no version any more."""
    return [{"id": trigger, "version": catalogue.get(trigger).version if trigger in catalogue else "v1"}]


def dependencies(found: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return packages. A member more than these two, and no file of it is read again."""
    return [{"name": str(each["name"]), "version": str(each["version"])} for each in found]


def secrets(authored: Authored) -> list[dict[str, str]]:
    """Return secrets by name, of an action or a module: never a value."""
    return _secrets(authored.secret_names, authored)


def modules(pins: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return versions of modules that are in an action."""
    return [
        {
            "module_id": pin["id"],
            "module_name": pin["name"],
            "module_version_id": pin["version_id"],
            "module_version_number": pin["number"],
        }
        for pin in pins
    ]


def _pins(authored: Authored) -> Sequence[Mapping[str, Any]]:
    # What is deployed stays as it is when a module is published anew.
    deployed = authored.deployed
    return deployed.modules if deployed is not None and authored.is_deployed else authored.pins


def _secrets(names: Sequence[str] | Mapping[str, Any], authored: Authored) -> list[dict[str, str]]:
    unset = authored.draft.updated_at
    return [{"name": name, "updated_at": written_moment(authored.secrets.get(name, unset))} for name in sorted(names)]


def _status(of: Version) -> str:
    return _STATUSES.get(of.status, of.status)
