"""Modules as parts of actions: which versions of them an action's next version has in it, and which actions have one.

A module's own rows are those of `actions`, of the kind `module`, with drafts, versions and secrets as actions have
them.
"""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from interlock.executor.errors import Invalid, NotFound
from interlock.executor.store import actions, version_states, versions
from interlock.executor.store.actions import Action
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import ACTIONS, DEPLOYMENTS, LIVING, VERSIONS
from interlock.executor.store.versions import Version


@dataclass(frozen=True)
class Dependant:
    """An action whose deployed version has a module in it. `chosen`: a certain version of it, and no newer one."""

    action: Action
    version: Version
    chosen: bool


@dataclass(frozen=True)
class Use:
    """That an action's deployed version has a version of a module in it. `chosen`: that one, and no newer."""

    module_id: str
    version_id: str
    number: int
    action_id: str
    action_name: str
    trigger: str
    chosen: bool


async def uses(transaction: Transaction, tenant_id: str) -> tuple[Use, ...]:
    """Which deployed versions of the tenant's actions have which modules in them, by the actions' names."""
    joined = (
        ACTIONS.join(
            DEPLOYMENTS,
            (DEPLOYMENTS.c.tenant_id == ACTIONS.c.tenant_id) & (DEPLOYMENTS.c.action_id == ACTIONS.c.id),
        )
    ).join(VERSIONS, (VERSIONS.c.tenant_id == ACTIONS.c.tenant_id) & (VERSIONS.c.id == DEPLOYMENTS.c.version_id))
    statement = (
        select(ACTIONS.c.id, ACTIONS.c.name, ACTIONS.c.trigger, VERSIONS.c.modules)
        .select_from(joined)
        .where(ACTIONS.c.tenant_id == tenant_id, LIVING, ACTIONS.c.kind == actions.ACTION)
        .order_by(ACTIONS.c.name)
    )
    return tuple(
        Use(pin["id"], pin["version_id"], pin["number"], row.id, row.name, row.trigger, bool(pin.get("chosen")))
        for row in await transaction.execute(statement)
        for pin in row.modules
    )


async def pinned(
    transaction: Transaction,
    tenant_id: str,
    names: Collection[str],
    coming: Mapping[str, Version] | None = None,
    *,
    chosen: Sequence[Mapping[str, Any]] = (),
) -> tuple[dict[str, Any], ...]:
    """What a version of an action keeps of the modules that its code names: the version that was `chosen`, as
    `{"name", "number"}`, or else the one `coming` by a module's name, or else the one that was last deployed.

    A name that nothing stands for is left out: the build says it with its line. Raises Invalid
    (module_version_unusable) for one that was chosen and is not there, not built or removed.
    """
    coming = coming or {}
    numbers = {str(each["name"]): int(each["number"]) for each in chosen}
    known = await actions.all_named(transaction, tenant_id, [*names], kind=actions.MODULE)
    found = []
    for name in names:
        module = known.get(name)
        if name in numbers:
            found.append({**_pin(name, await _chosen(transaction, module, name, numbers[name])), "chosen": True})
            continue
        version = coming.get(name)
        if version is None and module is not None and module.deployed_version_id is not None:
            version = await versions.get(transaction, tenant_id, module.deployed_version_id)
        if version is not None:
            found.append(_pin(name, version))
    return tuple(found)


def chosen_in(pins: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """What of the modules in a version was chosen, as a draft names it."""
    return tuple({"name": pin["name"], "number": pin["number"]} for pin in pins if pin.get("chosen"))


async def dependants(transaction: Transaction, tenant_id: str, module_id: str) -> tuple[Dependant, ...]:
    """The actions whose deployed version has this module in it, by name."""
    deployed = [
        action for action in await actions.all_deployed(transaction, tenant_id) if action.kind == actions.ACTION
    ]
    running = await versions.some(transaction, tenant_id, [str(action.deployed_version_id) for action in deployed])
    return tuple(
        Dependant(action, version, bool(module.get("chosen")))
        for action, version in zip(deployed, running, strict=True)
        for module in version.modules
        if module["id"] == module_id
    )


async def _chosen(transaction: Transaction, module: Action | None, name: str, number: int) -> Version:
    why = "is not there, or was removed as one of too many"
    with contextlib.suppress(NotFound):
        if module is not None:
            version = await versions.numbered(transaction, module.tenant_id, module.id, number)
            if version.status == version_states.BUILT:
                return version
            why = f"is {version.status}"
    raise Invalid(
        "module_version_unusable",
        f"version {number} of the module {name!r} {why}",
        f"choose a version that is built: `interlock modules versions {name}` lists them",
    )


def _pin(name: str, version: Version) -> dict[str, Any]:
    return {
        "name": name,
        "id": version.action_id,
        "version_id": version.id,
        "number": version.number,
        "secret_names": list(version.secret_names),
    }
