"""Every function of the store that takes a tenant, tried with the ids of another one: nothing is found or changed."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from record_keys import in_clear

from interlock.executor import errors
from interlock.executor.store import (
    Database,
    Transaction,
    actions,
    api_keys,
    arrivals,
    audit,
    authored,
    bindings,
    canaries,
    changes,
    data_keys,
    drafts,
    execution_states,
    executions,
    idempotency,
    log_streams,
    modules,
    pruning,
    records,
    release_plans,
    releases,
    releasing,
    replays,
    retention,
    sealed_secrets,
    signing_keys,
    suspensions,
    sweeping,
    switching,
    tables,
    tenants,
    version_states,
    versions,
)
from interlock.executor.store.bindings import Binding
from interlock.executor.store.canaries import Canary
from interlock.executor.store.changes import Change
from interlock.executor.store.execution_states import Final
from interlock.executor.store.log_streams import LogStream
from interlock.executor.store.records import Record
from interlock.executor.store.release_plans import Plan, Wanted
from interlock.executor.store.releases import Release
from interlock.executor.store.releasing import Place, Trial
from interlock.executor.store.replays import Replay
from interlock.executor.store.signing_keys import SigningKey
from interlock.executor.store.suspensions import Suspension
from interlock.secrets import DataKey, KeyCheck, Sealed, Secret
from interlock.secrets import Place as SecretPlace

MODULES = (
    actions,
    api_keys,
    arrivals,
    audit,
    authored,
    bindings,
    canaries,
    changes,
    data_keys,
    drafts,
    execution_states,
    executions,
    idempotency,
    log_streams,
    records,
    modules,
    pruning,
    release_plans,
    releases,
    releasing,
    replays,
    retention,
    sealed_secrets,
    signing_keys,
    suspensions,
    sweeping,
    switching,
    tenants,
    version_states,
    versions,
)
# They act for the operator, on all tenants, and take no id of anything.
OF_THE_OPERATOR = {
    "api_keys.verify",  # finds whose key it is
    "arrivals.look",  # so does this; what it finds is named by its whole place
    "canaries.ruled",
    "data_keys.add_check",
    "data_keys.checks",
    "data_keys.not_wrapped_by",
    "data_keys.remove_check",
    "data_keys.tenants",
    "pruning.with_many",
    "retention.run",
    "sweeping.overdue",
    "sweeping.unbuilt",
    "sweeping.unfinished_background",
    "tenants.at_domain",  # finds whose domain it is
    "tenants.page",
}
# They make something new of the tenant they name, or take the tenant itself and nothing of it.
WITHOUT_AN_ID = {
    "actions.prepare",
    "changes.begin",
    "changes.take_effect",
    "actions.create",
    "api_keys.create",
    "api_keys.create_client",
    "audit.add",
    "data_keys.add",
    "executions.accept",
    "executions.record",
    "idempotency.accept",
    "signing_keys.add",
    "log_streams.create",
    "suspensions.keep",
    "tenants.change",
    "tenants.create",
    "tenants.delete",
    "tenants.get",
    "tenants.lock",
}


@dataclass(frozen=True)
class Owned:
    """Ids of the tenant `acme`, which `other` tries to use."""

    action: str
    version: str
    api_key: api_keys.ApiKey
    data_key: DataKey
    secret: Secret
    execution: str
    release: Release
    change: Change
    canary: Canary
    client: str
    stream: LogStream


Attack = Callable[[Transaction, Owned], Awaitable[object]]
PLACE = ("other", "post-login", "")
LATER = datetime(2031, 1, 1, tzinfo=UTC)
ERRORS = ({"id": "x", "msg": "x", "url": ""},)

# Each gives something empty or False, or raises NotFound.
ATTACKS: dict[str, Attack] = {
    "actions.all_deployed": lambda t, _: actions.all_deployed(t, "other"),
    "actions.all_named": lambda t, _: _named(t),
    "actions.bring_to_life": lambda t, o: actions.bring_to_life(t, "other", o.action),
    "actions.count": lambda t, _: actions.count(t, "other"),
    "pruning.prune": lambda t, _: pruning.prune(t, "other", keep=0),
    "actions.get": lambda t, o: actions.get(t, "other", o.action),
    "actions.mark_deleted": lambda t, o: actions.mark_deleted(t, "other", o.action),
    "actions.named": lambda t, _: actions.named(t, "other", "roles"),
    "actions.page": lambda t, _: actions.page(t, "other"),
    "actions.prepared": lambda t, o: actions.prepared(t, "other", o.action),
    "actions.rename": lambda t, o: actions.rename(t, "other", o.action, "mine"),
    "api_keys.client": lambda t, o: api_keys.client(t, "other", o.client),
    "api_keys.get": lambda t, o: api_keys.get(t, "other", o.api_key.id),
    "api_keys.note_use": lambda t, o: api_keys.note_use(t, replace(o.api_key, tenant_id="other")),
    "api_keys.page": lambda t, _: api_keys.page(t, "other"),
    "api_keys.revoke": lambda t, o: api_keys.revoke(t, "other", o.api_key.id),
    "audit.page": lambda t, _: audit.page(t, "other"),
    "authored.of": lambda t, o: _authored(t, o.action),
    "authored.version": lambda t, o: authored.version(t, "other", o.action, o.version),
    "authored.versions": lambda t, o: authored.versions(t, "other", o.action),
    "bindings.of_actions": lambda t, o: bindings.of_actions(t, "other", [o.action]),
    "bindings.of_trigger": lambda t, _: bindings.of_trigger(t, *PLACE),
    "bindings.replace": lambda t, _: bindings.replace(t, *PLACE, []),
    "canaries.change": lambda t, o: canaries.change(t, replace(o.canary, tenant_id="other"), weight=1),
    "canaries.counted": lambda t, o: _executions(t, replace(o.canary, tenant_id="other")),
    "canaries.end": lambda t, o: canaries.end(t, replace(o.canary, tenant_id="other")),
    "canaries.find": lambda t, _: canaries.find(t, *PLACE),
    "canaries.get": lambda t, _: canaries.get(t, *PLACE),
    "canaries.none_on": lambda t, _: canaries.none_on(t, *PLACE),
    "canaries.none_on_any": lambda t, o: canaries.none_on_any(t, "other", o.action),
    "canaries.running": lambda t, o: canaries.running(t, "other", o.action),
    "canaries.start": lambda t, _: canaries.start(t, *PLACE, number=1, change=1, weight=1, rule={}, created_by="k"),
    "canaries.whole": lambda t, o: canaries.whole(t, replace(o.canary, tenant_id="other")),
    "changes.applied": lambda t, o: changes.applied(t, "other", o.change.id),
    "changes.fail": lambda t, o: changes.fail(t, "other", o.change.id, ERRORS),
    "changes.get": lambda t, o: changes.get(t, "other", o.change.id),
    "changes.history": lambda t, _: changes.history(t, "other"),
    "changes.newest": lambda t, _: changes.newest(t, "other"),
    "changes.note": lambda t, _: changes.note(t, "other", 1, {"modules": {}}),
    "changes.prepare": lambda t, o: changes.prepare(t, replace(o.change, tenant_id="other"), {"mine": 1}),
    "changes.releases_of": lambda t, _: changes.releases_of(t, "other", [1]),
    "changes.since": lambda t, _: changes.since(t, "other", 0),
    "changes.until": lambda t, _: changes.until(t, "other", 99),
    "data_keys.of_tenant": lambda t, _: data_keys.of_tenant(t, "other"),
    "data_keys.remove": lambda t, _: data_keys.remove(t, "other", 1),
    "data_keys.replace": lambda t, o: data_keys.replace(t, "other", o.data_key, replace(o.data_key, wrapped=b"x")),
    "drafts.get": lambda t, o: drafts.get(t, "other", o.action),
    "drafts.save": lambda t, o: drafts.save(t, "other", o.action, drafts.Content("mine")),
    "execution_states.abandon": lambda t, o: execution_states.abandon(t, "other", o.execution, attempt=1, outcome={}),
    "execution_states.cancel": lambda t, o: execution_states.cancel(t, "other", o.execution, outcome={}),
    "execution_states.expire": lambda t, o: execution_states.expire(t, "other", o.execution, attempt=1, outcome={}),
    "execution_states.finish": lambda t, o: execution_states.finish(
        t, "other", o.execution, attempt=1, final=Final("completed", {}, {})
    ),
    "execution_states.give_up": lambda t, o: execution_states.give_up(t, "other", o.execution, attempt=1),
    "execution_states.put_off": lambda t, o: execution_states.put_off(
        t, "other", o.execution, attempt=1, final=Final("failed", {}, {}), due_at=t.now
    ),
    "execution_states.send_again": lambda t, o: execution_states.send_again(t, "other", o.execution, new_id="e"),
    "execution_states.start": lambda t, o: execution_states.start(t, "other", o.execution, attempt=2, worker="w"),
    "executions.attempts": lambda t, o: executions.attempts(t, "other", o.execution),
    "executions.get": lambda t, o: executions.get(t, "other", o.execution),
    "executions.resumed_by": lambda t, o: executions.resumed_by(t, "other", o.execution),
    "executions.listed": lambda t, _: executions.listed(t, "other"),
    "records.add": lambda t, o: records.add(t, Record("other", o.execution, None, b"x")),
    "records.finish": lambda t, o: records.finish(t, Record("other", o.execution, None, b"x", 1, b"x")),
    "records.get": lambda t, o: records.get(t, "other", o.execution),
    "modules.dependants": lambda t, o: modules.dependants(t, "other", o.action),
    "log_streams.all_of": lambda t, _: log_streams.all_of(t, "other"),
    "log_streams.get": lambda t, o: log_streams.get(t, "other", o.stream.id),
    "log_streams.remove": lambda t, o: log_streams.remove(t, "other", o.stream.id),
    "log_streams.replace": lambda t, o: log_streams.replace(t, replace(o.stream, tenant_id="other", name="mine")),
    "modules.uses": lambda t, _: modules.uses(t, "other"),
    "modules.pinned": lambda t, _: modules.pinned(t, "other", ["roles"]),
    "release_plans.enforce": lambda t, o: release_plans.enforce(t, _as_theirs(o.release), change=1),
    "release_plans.expected": lambda t, _: release_plans.expected(t, *PLACE, None),
    "release_plans.planned": lambda t, o: _planned(t, o.action),
    "release_plans.restored": lambda t, o: _restored(t, _as_theirs(o.release)),
    "release_plans.write": lambda t, o: release_plans.write(t, "other", _plan(o), change=1, created_by="k"),
    "releases.any_of": lambda t, _: releases.any_of(t, "other", "post-login"),
    "releases.current": lambda t, _: releases.current(t, *PLACE),
    "releases.get": lambda t, _: releases.get(t, *PLACE, 1),
    "releases.history": lambda t, _: releases.history(t, *PLACE),
    "releases.in_force_after": lambda t, _: releases.in_force_after(t, *PLACE, 99),
    "releases.places_since": lambda t, _: releases.places_since(t, "other", 0),
    "releases.present": lambda t, _: releases.present(t, *PLACE),
    "releases.to_run": lambda t, o: releases.to_run(t, "other", o.release.header.id),
    "releases.version_to_run": lambda t, o: releases.version_to_run(t, "other", o.version),
    "releasing.bind": lambda t, o: releasing.bind(t, *PLACE, [Place(o.action)], created_by="k"),
    "releasing.delete_action": lambda t, o: releasing.delete_action(t, "other", o.action, created_by="k", force=True),
    "releasing.deploy": lambda t, o: releasing.deploy(t, "other", [o.version], created_by="k"),
    "releasing.drop": lambda t, _: releasing.drop(t, *PLACE, created_by="k"),
    "releasing.promote": lambda t, _: releasing.promote(t, *PLACE, created_by="k"),
    "releasing.put_in_force": lambda t, o: releasing.put_in_force(t, "other", "x", [o.version], (), created_by="k"),
    "releasing.roll_back_change": lambda t, _: releasing.roll_back_change(t, "other", 1, created_by="k"),
    "releasing.try_again": lambda t, _: releasing.try_again(t, *PLACE, 1, Trial(1), created_by="k"),
    "releasing.roll_back": lambda t, _: releasing.roll_back(t, *PLACE, 1, created_by="k"),
    "releasing.set_policy": lambda t, _: releasing.set_policy(t, *PLACE, limits={}, created_by="k"),
    "replays.add": lambda t, o: replays.add(t, replay("other", o.execution, t.now)),
    "replays.get": lambda t, _: replays.get(t, "other", "rep_acme"),
    "replays.remove": lambda t, _: replays.remove(t, "other", "rep_acme"),
    "sealed_secrets.forget_action": lambda t, o: sealed_secrets.forget_action(t, "other", o.action),
    "sealed_secrets.get": lambda t, o: sealed_secrets.get(t, "other", o.action, "KEY"),
    "sealed_secrets.last_number": lambda t, o: sealed_secrets.last_number(t, "other", o.action, "KEY"),
    "sealed_secrets.listed": lambda t, o: sealed_secrets.listed(t, "other", o.action),
    "sealed_secrets.not_sealed_by": lambda t, _: sealed_secrets.not_sealed_by(t, "other", 7),
    "sealed_secrets.put": lambda t, o: sealed_secrets.put(t, "other", o.secret),
    "sealed_secrets.remove": lambda t, o: sealed_secrets.remove(t, "other", o.action, "KEY"),
    "sealed_secrets.reseal": lambda t, o: sealed_secrets.reseal(t, "other", o.secret, replace(o.secret, sealed=b"x")),
    "switching.advance": lambda t, o: switching.advance(t, "other", o.change.id),
    "switching.switch": lambda t, o: switching.switch(t, replace(o.change, tenant_id="other")),
    "sealed_secrets.seen_by": lambda t, o: sealed_secrets.seen_by(t, "other", [o.action]),
    "signing_keys.all_of": lambda t, _: signing_keys.all_of(t, "other"),
    "signing_keys.remove": lambda t, _: signing_keys.remove(t, "other", ["kid1"]),
    "signing_keys.use_assertion": lambda t, o: signing_keys.use_assertion(t, "other", o.client, b"jti", LATER),
    "suspensions.begin": lambda t, o: suspensions.begin(t, "other", o.execution, by="exe_next"),
    "suspensions.of_digest": lambda t, _: suspensions.of_digest(t, "other", b"d"),
    "suspensions.of_execution": lambda t, o: suspensions.of_execution(t, "other", o.execution),
    "suspensions.promise": lambda t, o: suspensions.promise(t, "other", o.execution, to="mine", until=LATER),
    "suspensions.promised": lambda t, o: suspensions.promised(
        t, "other", o.execution, to="exe_next", release_id=o.release.header.id
    ),
    "suspensions.withdraw": lambda t, o: suspensions.withdraw(t, "other", o.execution, to="exe_next"),
    "version_states.built": lambda t, o: version_states.built(t, "other", o.version),
    "version_states.fail": lambda t, o: version_states.fail(t, "other", o.version, ERRORS),
    "version_states.packaged": lambda t, o: version_states.packaged(t, "other", o.version, bundle="", lock={}),
    "version_states.release": lambda t, o: version_states.release(t, "other", o.version),
    "version_states.retry": lambda t, o: version_states.retry(t, "other", o.version, ERRORS),
    "version_states.start": lambda t, o: version_states.start(t, "other", o.version),
    "versions.built": lambda t, o: versions.built(t, "other", o.action),
    "versions.newest_built": lambda t, o: versions.newest_built(t, "other", o.action),
    "versions.copy": lambda t, o: versions.copy(t, "other", o.action, o.version),
    "versions.create": lambda t, o: versions.create(t, "other", o.action),
    "versions.get": lambda t, o: versions.get(t, "other", o.version),
    "versions.locked": lambda t, o: versions.locked(t, "other", o.action, ()),
    "versions.newest": lambda t, o: versions.newest(t, "other", o.action),
    "versions.of_change": lambda t, o: versions.of_change(t, "other", o.change.id),
    "versions.parts_of_change": lambda t, o: versions.parts_of_change(t, "other", o.change.id),
    "versions.numbered": lambda t, o: versions.numbered(t, "other", o.action, 1),
    "versions.page": lambda t, o: versions.page(t, "other", o.action),
    "versions.unbuilt": lambda t, o: versions.unbuilt(t, "other", o.action),
    "versions.some": lambda t, o: versions.some(t, "other", [o.version]),
}


@pytest.fixture
async def owned(database: Database, make: Any, clock: Any) -> Owned:
    """Everything a tenant can have."""
    action = await make.deployed("roles")
    version = await make.version(action)
    execution = make.execution()
    async with database.writing() as transaction:
        release = await releasing.bind(transaction, "acme", "post-login", "", [Place(action)], created_by="k")
        await releasing.try_again(transaction, "acme", "post-login", "", 1, Trial(1), created_by="k")
        canary = await canaries.get(transaction, "acme", "post-login", "")
        contents = switching.Contents((switching.Part(action, version.id),)).document()
        change = await changes.begin(transaction, "acme", "apply", contents, created_by="k")
        new = await api_keys.create(transaction, "acme")
        client = await api_keys.create_client(transaction, "acme", scopes=["read:actions"])
        data_key = DataKey("acme", 1, "kek1", b"w")
        secret = Secret(SecretPlace("acme", action, "KEY"), 1, 1, b"c", clock.now)
        assert await data_keys.add_check(transaction, KeyCheck(1, "kek1", b"k"))
        assert await data_keys.add(transaction, "acme", data_key)
        assert await sealed_secrets.put(transaction, "acme", secret)
        signing = SigningKey("kid1", "acme", 1, {}, 1, b"c", clock.now)
        assert await signing_keys.add(transaction, signing)
        assert await signing_keys.use_assertion(transaction, "acme", client.key.id, b"jti", LATER)
        assert await sealed_secrets.put(transaction, "acme", replace(secret, place=SecretPlace("acme", None, "KEY")))
        await executions.accept(transaction, execution, in_clear(execution))
        await execution_states.start(transaction, "acme", execution.id, attempt=1, worker="w1")
        following = replace(execution, id="exe_next", resumes=execution.id)
        await executions.accept(transaction, following, in_clear(following))
        waits = Suspension("acme", execution.id, "post-login", "", release.header.id, 1, b"d", LATER)
        await suspensions.keep(transaction, "acme", waits, Sealed(1, b"c"))
        assert await suspensions.promise(transaction, "acme", execution.id, to="exe_next", until=LATER)
        await replays.add(transaction, replay("acme", execution.id, clock.now))
        stream = LogStream(
            *("lst_1", "acme", 1, "siem", "http", "active", False, (), None, None, 1, b"c", clock.now, clock.now)
        )
        await log_streams.create(transaction, stream)
        await audit.add(transaction, "acme", actor="k", verb="create", noun="action", noun_id=action)
    ids = (action, version.id, new.key, data_key, secret, execution.id, release, change, canary)
    return Owned(*ids, client.key.id, stream)


def replay(tenant: str, execution: str, at: datetime) -> Replay:
    return Replay(f"rep_{tenant}", tenant, execution, None, None, None, at)


def test_every_function_of_the_store_is_tried() -> None:
    named = {f"{_short(module)}.{name}" for module in MODULES for name in _functions(module)}
    tried = {*ATTACKS, *OF_THE_OPERATOR, *WITHOUT_AN_ID}
    # Functions without a transaction reach no row.
    assert named == tried


async def test_another_tenants_ids_find_and_change_nothing(database: Database, owned: Owned, clock: Any) -> None:
    clock.pass_by(hours=1)
    before = await _everything(database)
    broken = []
    for name, attack in ATTACKS.items():
        try:
            async with database.writing() as transaction:
                answer = await attack(transaction, owned)
        except errors.NotFound:
            answer = None
        # Nothing, False, an empty tuple, an empty page; and every row is as it was.
        found = getattr(answer, "items", answer) or getattr(answer, "total", 0)
        if found or await _everything(database) != before:
            broken.append(name)
    assert broken == []


async def _executions(transaction: Transaction, canary: Canary) -> int:
    return sum(each.executions for each in await canaries.counted(transaction, canary, canary.canary_since))


def _as_theirs(release: Release) -> Release:
    return replace(release, header=replace(release.header, tenant_id="other"))


async def _restored(transaction: Transaction, release: Release) -> None:
    # To the other tenant there is no such action, which may as well have been deleted.
    with pytest.raises(errors.Conflict, match="was deleted"):
        await release_plans.restored(transaction, "other", release, "rollback")


async def _authored(transaction: Transaction, action: str) -> object:
    return await authored.of(transaction, "other", [await actions.get(transaction, "acme", action)])


async def _named(transaction: Transaction) -> list[str]:
    return list(await actions.all_named(transaction, "other", ["roles"]))


async def _planned(transaction: Transaction, action: str) -> object:
    wanted = Wanted(*PLACE[1:], places=[Place(action)])
    return await release_plans.planned(transaction, await tenants.get(transaction, "other"), wanted, {}, "bind")


def _plan(owned: Owned) -> Plan:
    entry = owned.release.entries[0]
    bound = Binding("bnd_1", "other", *PLACE[1:], 0, entry.action_id, "", owned.release.header.created_at)
    return Plan(*PLACE[1:], "bind", (bound,), {entry.action_id: entry.version_id}, {}, {})


async def _everything(database: Database) -> dict[str, list[Any]]:
    """Every row of every table."""
    async with database.reading() as transaction:
        return {
            table.name: sorted(map(repr, await transaction.execute(table.select())))
            for table in tables.METADATA.sorted_tables
        }


def _functions(module: ModuleType) -> list[str]:
    return [
        name
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    ]


def _short(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
