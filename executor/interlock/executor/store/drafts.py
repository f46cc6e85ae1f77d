"""Drafts: what an author works on. One an action; each save is a new revision of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store import actions
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import DRAFTS


@dataclass(frozen=True)
class Content:
    """What runs: the code, the packages it wants as `{"name", "version"}`, the names of its secrets, the runtime.

    `language` is javascript or typescript. `modules` are those of which it wants a certain version and no newer one, as
    `{"name", "number"}`.
    """

    code: str
    dependencies: tuple[Mapping[str, Any], ...] = ()
    secret_names: tuple[str, ...] = ()
    runtime: str = "node22"
    language: str = "javascript"
    modules: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Draft:
    """The present draft of an action."""

    tenant_id: str
    action_id: str
    revision: int
    code: str
    dependencies: tuple[Mapping[str, Any], ...]
    secret_names: tuple[str, ...]
    runtime: str
    language: str
    modules: tuple[Mapping[str, Any], ...]
    updated_at: datetime

    @property
    def content(self) -> Content:
        """What a version of it would be built of."""
        return Content(
            self.code, self.dependencies, self.secret_names, self.runtime, self.language, modules=self.modules
        )


async def save(
    transaction: Transaction, tenant_id: str, action_id: str, content: Content, *, expected_revision: int | None = None
) -> Draft:
    """Replaces the draft. With `expected_revision` (0: none yet), raises Conflict if somebody else saved meanwhile."""
    await actions.get(transaction, tenant_id, action_id)
    values = {
        "code": content.code,
        "dependencies": content.dependencies,
        "secret_names": content.secret_names,
        "runtime": content.runtime,
        "language": content.language,
        "modules": content.modules,
        "updated_at": transaction.now,
    }
    insert = transaction.insert(DRAFTS).values(tenant_id=tenant_id, action_id=action_id, revision=1, **values)
    if expected_revision == 0:
        statement = insert.on_conflict_do_nothing()
    else:
        statement = insert.on_conflict_do_update(
            index_elements=["tenant_id", "action_id"],
            set_={**values, "revision": DRAFTS.c.revision + 1},
            where=None if expected_revision is None else DRAFTS.c.revision == expected_revision,
        )
    saved = await transaction.first(Draft, statement.returning(DRAFTS))
    # An insert where an older revision was expected: there was no draft at all.
    if saved is None or expected_revision not in {None, saved.revision - 1}:
        raise Conflict("draft_changed", "the draft was changed meanwhile", "look at the present draft, and save again")
    return saved


async def get(transaction: Transaction, tenant_id: str, action_id: str) -> Draft:
    """The action's draft, or NotFound."""
    await actions.get(transaction, tenant_id, action_id)
    statement = select(DRAFTS).where(DRAFTS.c.tenant_id == tenant_id, DRAFTS.c.action_id == action_id)
    found = await transaction.first(Draft, statement)
    if found is None:
        raise NotFound("draft of action", action_id)
    return found
