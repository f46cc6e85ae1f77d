"""Actions as one thing: name, draft and secrets together, as Auth0's tools make and change them.

Everything is checked before anything is done. Name and draft change in one transaction; values of secrets are sealed
in transactions of their own, after it: whoever is interrupted there asks once more, and nothing is done twice.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from interlock.executor.errors import Invalid, NotFound
from interlock.executor.names import check_called
from interlock.executor.service import policies, resolving
from interlock.executor.service.actions import Actions, check, check_amounts
from interlock.executor.service.actors import Actor
from interlock.executor.service.secrets import Secrets
from interlock.executor.store import Database, Transaction, actions, audit, authored, drafts, modules, tenants
from interlock.executor.store.actions import ACTION, ALL, Filter
from interlock.executor.store.authored import Authored
from interlock.executor.store.drafts import Content
from interlock.executor.store.paging import Page
from interlock.secrets import SecretNotFound, SecretValue, check_name, check_value
from interlock.worker.modules import required


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an action (or a module) shall be; None: as it is.

    `secrets` are all that it has from then on, by name. One without a value keeps the value that it has, if any.
    `modules` are numbers of versions by the names of modules. One that would be taken anyway is not chosen: tools send
    what they were shown, and the action goes on with what is published next.
    """

    name: str | None = None
    trigger: str | None = None
    code: str | None = None
    dependencies: tuple[Mapping[str, Any], ...] | None = None
    runtime: str | None = None
    secrets: Mapping[str, SecretValue | None] | None = field(default=None, repr=False)
    modules: Mapping[str, int] | None = None


class Authoring:
    """The actions of all tenants, or their modules."""

    def __init__(self, database: Database, made: Actions, secrets: Secrets, kind: str = ACTION) -> None:
        """Use the services that make them, and keep their secrets."""
        self._database = database
        self._made = made
        self._secrets = secrets
        self._kind = kind

    async def page(
        self,
        actor: Actor,
        tenant: str,
        which: Filter = ALL,
        *,
        page: int = 0,
        per_page: int = 20,
    ) -> Page[Authored]:
        """Return those that fit, the oldest first."""
        actor.require("actions:read", tenant)
        actor.require("secrets:read", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            found = await actions.page(transaction, tenant, which, kind=self._kind, page=page, per_page=per_page)
            items = await authored.of(transaction, tenant, found.items)
        return Page(items, found.total, found.page, found.per_page)

    async def get(self, actor: Actor, tenant: str, action: str) -> Authored:
        """Return one by its id. Raises NotFound."""
        actor.require("actions:read", tenant)
        actor.require("secrets:read", tenant)
        async with self._database.reading() as transaction:
            return await _get(transaction, tenant, action, self._kind)

    async def create(self, actor: Actor, tenant: str, wanted: Wanted) -> Authored:
        """Make one. Raises Conflict (the name is taken), Invalid, UnknownTrigger, SecretRefused."""
        await self._check_secrets(tenant, wanted.secrets or {})
        async with self._database.reading() as transaction:
            chosen = await _chosen(transaction, tenant, wanted.code or "", wanted.modules or {})
        made = await self._made.create(
            actor,
            tenant,
            name=wanted.name or "",
            trigger=wanted.trigger or "",
            code=wanted.code,
            dependencies=wanted.dependencies or (),
            secret_names=tuple(sorted(wanted.secrets or ())),
            runtime=wanted.runtime or "node22",
            chosen=chosen,
        )
        try:
            await self._set(actor, tenant, made.id, wanted.secrets or {})
        except Exception:
            # Whoever tries again would find its name taken.
            with contextlib.suppress(NotFound):
                await self._made.delete(actor, tenant, made.id, force=True)
            raise
        return await self.get(actor, tenant, made.id)

    async def change(self, actor: Actor, tenant: str, action: str, wanted: Wanted) -> Authored:
        """Change what is given; what would change nothing is not written. Raises NotFound, Invalid, SecretRefused, and
        Conflict (the name is taken).
        """
        actor.require("actions:write", tenant)
        if wanted.name is not None:
            check_called(wanted.name, self._kind)
        await self._check_secrets(tenant, wanted.secrets or {})
        async with self._database.writing() as transaction:
            granted = (await tenants.lock(transaction, tenant)).limits
            present = await _get(transaction, tenant, action, self._kind)
            if wanted.trigger not in {None, present.action.trigger}:
                raise Invalid(
                    "wrong_trigger",
                    f"the action is for {present.action.trigger}, and cannot be for another trigger",
                    "make a new action",
                )
            content = _changed(present, wanted)
            if wanted.modules is not None:
                chosen = await _chosen(transaction, tenant, content.code, wanted.modules, content)
                content = replace(content, modules=chosen)
            check(content)
            check_amounts(granted, content)
            await self._write(transaction, actor, present, wanted.name, content)
        if wanted.secrets is not None:
            # Those that go first: they count among those that it may have.
            for name in present.secrets.keys() - wanted.secrets.keys():
                # Somebody else may have been first.
                with contextlib.suppress(SecretNotFound):
                    await self._secrets.remove(actor, tenant, present.action.id, name, kind=self._kind)
            await self._set(actor, tenant, present.action.id, wanted.secrets)
        return await self.get(actor, tenant, present.action.id)

    async def delete(self, actor: Actor, tenant: str, action: str, *, force: bool) -> None:
        """Delete one by its id. Raises NotFound, and Conflict while it is bound, or used, unless by force."""
        found = await self.get(actor, tenant, action)
        await self._made.delete(actor, tenant, found.action.id, force=force)

    async def _write(
        self, transaction: Transaction, actor: Actor, present: Authored, name: str | None, content: Content
    ) -> None:
        action = present.action
        details: dict[str, Any]
        if name not in {None, action.name}:
            await actions.rename(transaction, action.tenant_id, action.id, str(name))
            details = {"from": action.name, "to": name}
            await _record(transaction, actor, "rename", self._kind, present, details)
        if content != present.content:
            saved = await drafts.save(
                transaction, action.tenant_id, action.id, content, expected_revision=present.draft.revision
            )
            await _record(transaction, actor, "save", "draft", present, {"revision": saved.revision})

    async def _check_secrets(self, tenant: str, secrets: Mapping[str, SecretValue | None]) -> None:
        for name, value in secrets.items():
            check_name(name)
            if value is not None:
                check_value(value)
        async with self._database.reading() as transaction:
            granted = (await tenants.get(transaction, tenant)).limits
        policies.check_amount(granted, "secrets_per_action", len(secrets), "secrets_limit", "an action")

    async def _set(self, actor: Actor, tenant: str, action: str, secrets: Mapping[str, SecretValue | None]) -> None:
        for name, value in secrets.items():
            if value is not None:
                await self._secrets.set(actor, tenant, action, name, value, kind=self._kind)


def _changed(present: Authored, wanted: Wanted) -> Content:
    content = present.content
    if wanted.code is not None:
        content = replace(content, code=wanted.code)
    if wanted.dependencies is not None:
        content = replace(content, dependencies=wanted.dependencies)
    if wanted.runtime is not None:
        content = replace(content, runtime=wanted.runtime)
    # Whoever sends what was shown changes nothing: a draft without names has all that its action may see.
    if wanted.secrets is not None and {*wanted.secrets} != {*present.secret_names}:
        content = replace(content, secret_names=tuple(sorted(wanted.secrets)))
    return content


async def _chosen(
    transaction: Transaction, tenant: str, code: str, wanted: Mapping[str, int], present: Content | None = None
) -> tuple[Mapping[str, Any], ...]:
    """Which of these versions its draft has to name. Raises Invalid for one that is not there."""
    names = sorted({*required(code)} & {*wanted})
    newest = {pin["name"]: pin["number"] for pin in await modules.pinned(transaction, tenant, names)}
    before = {} if present is None else {each["name"]: each["number"] for each in present.modules}
    named = [name for name in names if wanted[name] != newest.get(name) or wanted[name] == before.get(name)]
    chosen = tuple({"name": name, "number": wanted[name]} for name in named)
    await modules.pinned(transaction, tenant, named, chosen=chosen)
    return chosen


async def _get(transaction: Transaction, tenant: str, action: str, kind: str) -> Authored:
    found = await resolving.by_id(transaction, tenant, action, kind)
    return (await authored.of(transaction, tenant, [found]))[0]


async def _record(  # noqa: PLR0917 - a row
    transaction: Transaction, actor: Actor, verb: str, noun: str, present: Authored, details: Mapping[str, Any]
) -> None:
    action = present.action
    await audit.add(
        transaction,
        action.tenant_id,
        actor=actor.key,
        verb=verb,
        noun=noun,
        noun_id=action.id,
        details=dict(details),
    )
