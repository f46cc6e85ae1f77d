"""Versions: immutable, numbered builds of an action. Only their state moves on (`version_states`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from interlock.executor.errors import NotFound
from interlock.executor.store import actions, drafts, ids, tenants, version_states
from interlock.executor.store.database import Transaction
from interlock.executor.store.drafts import Content
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import ACTIONS, UNBUILT, VERSIONS


@dataclass(frozen=True)
class Version:
    """A version. `bundle` (what runs) and `lock` (the packages in it) are there once it is packaged, a lock that its
    author gave before; `source_map` leads from the bundle to the code, where it is another text.

    `modules` are the versions of modules that are in its bundle: `{"name", "id", "version_id", "number",
    "secret_names"}`. `log` is for people, `errors` say why it failed. `deploy_by` asked for it to be deployed once it
    is built; `change_id` is the change that waits for it.
    """

    id: str
    tenant_id: str
    action_id: str
    number: int
    code: str
    dependencies: tuple[Mapping[str, Any], ...]
    secret_names: tuple[str, ...]
    runtime: str
    language: str
    status: str
    attempt: int
    errors: tuple[Mapping[str, Any], ...]
    log: str
    lock: Mapping[str, Any] | None
    bundle: str | None
    source_map: str | None
    modules: tuple[Mapping[str, Any], ...]
    deploy_by: str | None
    change_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Part:
    """A version of an action or a module that a change is built of."""

    id: str
    kind: str
    name: str
    number: int
    status: str


async def create(
    transaction: Transaction,
    tenant_id: str,
    action_id: str,
    *,
    deploy_by: str | None = None,
    content: Content | None = None,
    modules: Sequence[Mapping[str, Any]] = (),
    lock: Mapping[str, Any] | None = None,
    change_id: str | None = None,
    waits: bool = False,
) -> Version:
    """A new pending version of the action's present draft, or of this content. `lock`: the packages it is to have,
    where that was said. One that `waits` is not to be built yet.
    """
    of = await drafts.get(transaction, tenant_id, action_id) if content is None else content
    values = {
        "code": of.code,
        "dependencies": of.dependencies,
        "secret_names": of.secret_names,
        "runtime": of.runtime,
        "language": of.language,
        "status": version_states.WAITING if waits else version_states.PENDING,
        "attempt": 1,
        "errors": (),
        "log": "",
        "modules": modules,
        "deploy_by": deploy_by,
        "lock": lock,
        "change_id": change_id,
    }
    return await _add(transaction, tenant_id, action_id, values)


async def copy(transaction: Transaction, tenant_id: str, action_id: str, version_id: str) -> Version:
    """A new version equal to an older one of the same action, build included."""
    await actions.get(transaction, tenant_id, action_id)
    old = await get(transaction, tenant_id, version_id)
    if old.action_id != action_id:
        raise NotFound("version", version_id)
    names = (
        *("code", "dependencies", "secret_names", "runtime", "language", "status", "attempt", "errors", "log"),
        *("lock", "bundle", "source_map", "modules"),
    )
    return await _add(transaction, tenant_id, action_id, {name: getattr(old, name) for name in names})


async def get(transaction: Transaction, tenant_id: str, version_id: str) -> Version:
    """The version, or NotFound."""
    found = await some(transaction, tenant_id, [version_id])
    return found[0]


async def some(transaction: Transaction, tenant_id: str, version_ids: Collection[str]) -> tuple[Version, ...]:
    """All these versions, in the order given. Raises NotFound if one is missing."""
    statement = select(VERSIONS).where(VERSIONS.c.tenant_id == tenant_id, VERSIONS.c.id.in_(version_ids))
    found = {version.id: version for version in await transaction.all(Version, statement)}
    for version_id in version_ids:
        if version_id not in found:
            raise NotFound("version", version_id)
    return tuple(found[version_id] for version_id in version_ids)


async def numbered(transaction: Transaction, tenant_id: str, action_id: str, number: int) -> Version:
    """The version of this number, or NotFound."""
    found = await transaction.first(Version, _of_action(tenant_id, action_id).where(VERSIONS.c.number == number))
    if found is None:
        raise NotFound("version", number)
    return found


async def unbuilt(transaction: Transaction, tenant_id: str, action_id: str) -> Version | None:
    """The version of an action that waits for its build or is being built, the newest if there are several."""
    coming = UNBUILT | (VERSIONS.c.status == version_states.WAITING)
    statement = _of_action(tenant_id, action_id).where(coming).order_by(VERSIONS.c.number.desc()).limit(1)
    return await transaction.first(Version, statement)


async def of_change(transaction: Transaction, tenant_id: str, change_id: str) -> tuple[Version, ...]:
    """The versions that a change is built of."""
    here = (VERSIONS.c.tenant_id == tenant_id) & (VERSIONS.c.change_id == change_id)
    return await transaction.all(Version, select(VERSIONS).where(here).order_by(VERSIONS.c.created_at, VERSIONS.c.id))


async def parts_of_change(transaction: Transaction, tenant_id: str, change_id: str) -> tuple[Part, ...]:
    """The same, as far as who waits for them wants to know it."""
    row = VERSIONS.c
    joined = VERSIONS.join(ACTIONS, (ACTIONS.c.tenant_id == row.tenant_id) & (ACTIONS.c.id == row.action_id))
    statement = (
        select(row.id, ACTIONS.c.kind, ACTIONS.c.name, row.number, row.status)
        .select_from(joined)
        .where(row.tenant_id == tenant_id, row.change_id == change_id)
        .order_by(ACTIONS.c.kind.desc(), ACTIONS.c.name)
    )
    return await transaction.all(Part, statement)


async def newest(transaction: Transaction, tenant_id: str, action_id: str) -> Version | None:
    """The version with the highest number, if there is one."""
    statement = _of_action(tenant_id, action_id).order_by(VERSIONS.c.number.desc()).limit(1)
    return await transaction.first(Version, statement)


async def locked(
    transaction: Transaction, tenant_id: str, action_id: str, dependencies: Sequence[Mapping[str, Any]]
) -> Version | None:
    """The newest version of an action that was built with these very dependencies: its lock says which they are."""
    statement = (
        _of_action(tenant_id, action_id)
        .where(VERSIONS.c.status == version_states.BUILT, VERSIONS.c.dependencies == list(dependencies))
        .order_by(VERSIONS.c.number.desc())
        .limit(1)
    )
    return await transaction.first(Version, statement)


async def page(
    transaction: Transaction, tenant_id: str, action_id: str, *, page: int = 0, per_page: int = 20
) -> Page[Version]:
    """The versions of an action, the newest first."""
    await actions.get(transaction, tenant_id, action_id)
    statement = _of_action(tenant_id, action_id)
    return await page_of(transaction, Version, statement.order_by(VERSIONS.c.number.desc()), page, per_page)


async def newest_built(transaction: Transaction, tenant_id: str, action_id: str) -> Version | None:
    """The built version with the highest number, if there is one."""
    statement = _of_action(tenant_id, action_id).where(VERSIONS.c.status == version_states.BUILT)
    return await transaction.first(Version, statement.order_by(VERSIONS.c.number.desc()).limit(1))


async def built(transaction: Transaction, tenant_id: str, action_id: str) -> tuple[Version, ...]:
    """Every version of an action that could be built, the newest first."""
    statement = _of_action(tenant_id, action_id).where(VERSIONS.c.status == version_states.BUILT)
    return await transaction.all(Version, statement.order_by(VERSIONS.c.number.desc()))


def _of_action(tenant_id: str, action_id: str) -> Select[Any]:
    kept = VERSIONS.c.status != version_states.REMOVED
    return select(VERSIONS).where(VERSIONS.c.tenant_id == tenant_id, VERSIONS.c.action_id == action_id, kept)


async def _add(transaction: Transaction, tenant_id: str, action_id: str, values: dict[str, Any]) -> Version:
    # Two at once would choose the same number.
    await tenants.lock(transaction, tenant_id)
    of_action = (VERSIONS.c.tenant_id == tenant_id) & (VERSIONS.c.action_id == action_id)
    last = (await transaction.execute(select(func.max(VERSIONS.c.number)).where(of_action))).scalar_one()
    insert = transaction.insert(VERSIONS).values(
        id=ids.new("ver"),
        tenant_id=tenant_id,
        action_id=action_id,
        number=(last or 0) + 1,
        created_at=transaction.now,
        updated_at=transaction.now,
        **values,
    )
    return await transaction.one(Version, insert.returning(VERSIONS))
