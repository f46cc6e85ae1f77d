"""Modules as parts of actions: which versions of them an action's next version has in it, and which actions have one.

A module's own rows are those of `actions`, of the kind `module`, with drafts, versions and secrets as actions have
them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from interlock.executor.store import actions, versions
from interlock.executor.store.actions import Action
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import ACTIONS, DEPLOYMENTS, LIVING, VERSIONS
from interlock.executor.store.versions import Version


@dataclass(frozen=True)
class Dependant:
    """An action whose deployed version has a module in it."""

    action: Action
    version: Version


@dataclass(frozen=True)
class Use:
    """That an action's deployed version has a version of a module in it."""

    module_id: str
    version_id: str
    number: int
    action_id: str
    action_name: str
    trigger: str


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
        Use(pin["id"], pin["version_id"], pin["number"], row.id, row.name, row.trigger)
        for row in await transaction.execute(statement)
        for pin in row.modules
    )


async def pinned(
    transaction: Transaction, tenant_id: str, names: Collection[str], coming: Mapping[str, Version] | None = None
) -> tuple[dict[str, Any], ...]:
    """What a version of an action keeps of the modules that its code names: the version `coming` by a module's name, or
    else the one that was last deployed. A name that nothing stands for is left out: the build says it with its line.
    """
    coming = coming or {}
    known = await actions.all_named(transaction, tenant_id, [*names], kind=actions.MODULE)
    found = []
    for name in names:
        version = coming.get(name)
        module = known.get(name)
        if version is None and module is not None and module.deployed_version_id is not None:
            version = await versions.get(transaction, tenant_id, module.deployed_version_id)
        if version is not None:
            found.append(_pin(name, version))
    return tuple(found)


async def dependants(transaction: Transaction, tenant_id: str, module_id: str) -> tuple[Dependant, ...]:
    """The actions whose deployed version has this module in it, by name."""
    deployed = [
        action for action in await actions.all_deployed(transaction, tenant_id) if action.kind == actions.ACTION
    ]
    running = await versions.some(transaction, tenant_id, [str(action.deployed_version_id) for action in deployed])
    return tuple(
        Dependant(action, version)
        for action, version in zip(deployed, running, strict=True)
        if any(module["id"] == module_id for module in version.modules)
    )


def _pin(name: str, version: Version) -> dict[str, Any]:
    return {
        "name": name,
        "id": version.action_id,
        "version_id": version.id,
        "number": version.number,
        "secret_names": list(version.secret_names),
    }
