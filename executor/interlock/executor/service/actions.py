"""Actions and modules, and their drafts: what an author works on. Each is named by its id or its name."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from interlock.executor.errors import Conflict, Invalid
from interlock.executor.names import check_called
from interlock.executor.packages import dependencies as packages
from interlock.executor.service import policies, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.store import (
    Database,
    Transaction,
    actions,
    audit,
    drafts,
    modules,
    releasing,
    sealed_secrets,
    tenants,
)
from interlock.executor.store.actions import ALL, Action, Filter
from interlock.executor.store.drafts import Content, Draft
from interlock.executor.store.paging import Page
from interlock.secrets import check_name
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger

MOST_SECRET_NAMES: Final = policies.AMOUNTS["secrets_per_action"].most + policies.AMOUNTS["secrets_per_tenant"].most
"""All that an action can see, where the operator grants the most."""


class Actions:
    """The actions of all tenants; or the modules, which are code for actions and have no trigger."""

    def __init__(self, database: Database, kind: str = actions.ACTION, catalogue: Catalogue = BUILT_IN) -> None:
        """Use an open store."""
        self._database = database
        self._catalogue = catalogue
        self._kind = kind

    async def create(
        self,
        actor: Actor,
        tenant: str,
        *,
        name: str,
        trigger: str = "",
        code: str | None = None,
        dependencies: tuple[Mapping[str, Any], ...] = (),
        secret_names: tuple[str, ...] = (),
        language: str = "javascript",
        chosen: tuple[Mapping[str, Any], ...] = (),
        runtime: str = "node22",
    ) -> Action:
        """Make an action with a draft: of the code given, or a handler that does nothing yet.

        Raises Conflict (the name is taken), Invalid, UnknownTrigger.
        """
        actor.require("actions:write", tenant)
        check_called(name, self._kind)
        empty = template(self._catalogue.get(trigger)) if self._kind == actions.ACTION else MODULE_TEMPLATE
        content = Content(
            empty if code is None else code, dependencies, secret_names, runtime, language, modules=chosen
        )
        check(content)
        async with self._database.writing() as transaction:
            granted = (await tenants.lock(transaction, tenant)).limits
            check_amounts(granted, content)
            await modules.pinned(transaction, tenant, _chosen(content), chosen=content.modules)
            count = await actions.count(transaction, tenant, kind=self._kind)
            policies.check_amount(granted, f"{self._kind}s", count + 1, f"{self._kind}s_limit", "the tenant")
            made = await actions.create(transaction, tenant, name=name, trigger=trigger, kind=self._kind)
            await drafts.save(transaction, tenant, made.id, content)
            details = {"name": name, "trigger": trigger}
            await audit.add(
                transaction, tenant, actor=actor.key, verb="create", noun=self._kind, noun_id=made.id, details=details
            )
            return made

    async def page(
        self,
        actor: Actor,
        tenant: str,
        which: Filter = ALL,
        *,
        page: int = 0,
        per_page: int = 20,
    ) -> Page[Action]:
        """Return the tenant's actions that fit, the oldest first."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            found = await actions.page(transaction, tenant, which, kind=self._kind, page=page, per_page=per_page)
        if which.trigger is not None and not found.total:
            # Those of a trigger that was taken out of the operator's file are still there.
            self._catalogue.get(which.trigger)
        return found

    async def get(self, actor: Actor, tenant: str, action: str) -> Action:
        """Return one. Raises NotFound."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            return await resolving.action(transaction, tenant, action, self._kind)

    async def rename(self, actor: Actor, tenant: str, action: str, name: str) -> Action:
        """Give it another name. Raises NotFound, Conflict, Invalid."""
        actor.require("actions:write", tenant)
        check_called(name, self._kind)
        async with self._database.writing() as transaction:
            found = await resolving.action(transaction, tenant, action, self._kind)
            renamed = await actions.rename(transaction, tenant, found.id, name)
            details = {"from": found.name, "to": name}
            await audit.add(
                transaction, tenant, actor=actor.key, verb="rename", noun=self._kind, noun_id=found.id, details=details
            )
            return renamed

    async def delete(self, actor: Actor, tenant: str, action: str, *, force: bool = False) -> None:
        """Delete it with the values of its secrets. Raises Conflict while it is bound, or a module of an action in
        force,
        unless by force.
        """
        actor.require("actions:write", tenant)
        async with self._database.writing() as transaction:
            found = await resolving.action(transaction, tenant, action, self._kind)
            if self._kind == actions.MODULE and not force:
                await _check_unused(transaction, found)
            made = await releasing.delete_action(transaction, tenant, found.id, created_by=actor.key, force=force)
            await sealed_secrets.forget_action(transaction, tenant, found.id)
            details = {"name": found.name, "releases": [release.header.id for release in made]}
            await audit.add(
                transaction, tenant, actor=actor.key, verb="delete", noun=self._kind, noun_id=found.id, details=details
            )

    async def draft(self, actor: Actor, tenant: str, action: str) -> Draft:
        """Return the present draft. Raises NotFound."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            found = await resolving.action(transaction, tenant, action, self._kind)
            return await drafts.get(transaction, tenant, found.id)

    async def save_draft(
        self, actor: Actor, tenant: str, action: str, content: Content, *, expected_revision: int | None = None
    ) -> Draft:
        """Replace the draft. Raises NotFound, Invalid, and Conflict when another revision was expected."""
        actor.require("actions:write", tenant)
        check(content)
        async with self._database.writing() as transaction:
            found = await resolving.action(transaction, tenant, action, self._kind)
            check_amounts((await tenants.get(transaction, tenant)).limits, content)
            await modules.pinned(transaction, tenant, _chosen(content), chosen=content.modules)
            saved = await drafts.save(transaction, tenant, found.id, content, expected_revision=expected_revision)
            details = {"revision": saved.revision}
            await audit.add(
                transaction, tenant, actor=actor.key, verb="save", noun="draft", noun_id=found.id, details=details
            )
            return saved


def template(trigger: Trigger) -> str:
    """Return code that is right for a trigger and does nothing."""
    return f"exports.{trigger.handlers[0]} = async (event, api) => {{\n}};\n"


MODULE_TEMPLATE: Final = "exports.hello = (name) => `Hello, ${name}`;\n"
"""A module that is right and does next to nothing."""


async def _check_unused(transaction: Transaction, module: Action) -> None:
    used = await modules.dependants(transaction, module.tenant_id, module.id)
    if used:
        raise Conflict(
            "module_used",
            f"the action {used[0].action.name!r} has the module in it, and would lose its secrets",
            "deploy the action without it, or delete by force",
        )


def check_modules(granted: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raise Invalid unless the tenant may have a version with so many modules."""
    policies.check_amount(granted, "modules_per_action", len(names), "modules_per_action_limit", "an action")


def check(content: Content) -> None:
    """Raise Invalid unless a draft can have this content at all, whatever its tenant is granted."""
    packages.read(content.dependencies)
    if len(set(_chosen(content))) < len(content.modules):
        raise Invalid("invalid_value", "a module is named twice", "choose one version of each")
    if len(set(content.secret_names)) < len(content.secret_names):
        raise Invalid("invalid_value", "a secret is named twice", "name each secret once")
    check_amounts(policies.MOST, content)


def check_amounts(granted: Mapping[str, Any], content: Content) -> None:
    """Raise Invalid unless the tenant may have a draft with so much of everything."""
    size = len(content.code.encode("utf-8", "surrogatepass"))
    policies.check_amount(granted, "code_bytes", size, "code_too_large", "the code of an action")
    count = len(content.dependencies)
    policies.check_amount(granted, "dependencies", count, "dependencies_limit", "an action")
    check_modules(granted, _chosen(content))
    most = policies.of_secrets(granted)
    for name in content.secret_names:
        check_name(name, most)
    if len(content.secret_names) > most.per_action + most.per_tenant:
        raise Invalid("invalid_value", f"an action may name at most {most.per_action + most.per_tenant} secrets")


def _chosen(content: Content) -> list[str]:
    return [str(each["name"]) for each in content.modules]
