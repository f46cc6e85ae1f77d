"""The same request, sent twice, is one execution."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from record_keys import in_clear

from interlock.executor import errors
from interlock.executor.store import Database, execution_states, executions, idempotency, retention
from interlock.executor.store.idempotency import Accepted

BODY, ANOTHER = b"\1" * 32, b"\2" * 32


@pytest.fixture
def send(database: Database, make: Any) -> Any:
    """Sends a request, and gives what it was answered with."""

    async def one(key: str = "k", body: bytes = BODY, tenant: str = "acme") -> Accepted:
        async with database.writing() as transaction:
            return await idempotency.accept(
                transaction, fresh := make.execution(tenant), in_clear(fresh), key=key, body_digest=body
            )

    return one


async def test_a_repeated_request_is_the_same_execution(send: Any) -> None:
    first, again = await send(), await send()
    assert (first.repeated, again.repeated) == (False, True)
    assert again.execution == first.execution


async def test_requests_at_once_are_one_execution(send: Any, database: Database) -> None:
    answers = await asyncio.gather(*(send() for _ in range(6)))
    assert len({answer.execution.id for answer in answers}) == 1
    assert sum(not answer.repeated for answer in answers) == 1
    async with database.reading() as transaction:
        assert len((await executions.listed(transaction, "acme")).items) == 1


async def test_the_same_key_with_another_body_is_refused(send: Any) -> None:
    await send()
    with pytest.raises(errors.KeyReused) as refused:
        await send(body=ANOTHER)
    assert refused.value.code == "idempotency_mismatch"


async def test_a_key_belongs_to_its_tenant(send: Any) -> None:
    assert not (await send()).repeated
    assert not (await send(tenant="other", body=ANOTHER)).repeated


async def test_a_key_is_free_again_after_a_day(send: Any, clock: Any) -> None:
    first = await send()
    clock.pass_by(hours=23, minutes=59)
    assert (await send()).repeated
    clock.pass_by(minutes=1)
    assert (await send(body=ANOTHER)).execution.id != first.execution.id


async def test_old_executions_and_keys_are_deleted_in_batches(
    send: Any, database: Database, make: Any, clock: Any
) -> None:
    waiting = make.execution()
    async with database.writing() as transaction:
        await executions.accept(transaction, waiting, in_clear(waiting))
        for _ in range(5):
            await _finished(transaction, make.execution())
    await send(key="old")
    clock.pass_by(days=10)
    assert (await retention.run(database, batch=2)).executions == 0
    await send(key="new")
    clock.pass_by(milliseconds=1)
    async with database.writing() as transaction:
        await _finished(transaction, make.execution())
    deleted = await retention.run(database, batch=2)
    assert (deleted.executions, deleted.idempotency_keys) == (5, 0)
    async with database.reading() as transaction:
        left = await executions.listed(transaction, "acme", limit=100)
        # What waits is never deleted, however old: the sweeper ends it first.
        assert waiting.id in {execution.id for execution in left.items}
        assert len(left.items) == 4


async def test_executions_are_kept_as_long_as_their_keys(database: Database) -> None:
    with pytest.raises(errors.Invalid):
        await retention.run(database, keep=timedelta(hours=1))


async def _finished(transaction: Any, execution: Any) -> None:
    await executions.accept(transaction, execution, in_clear(execution))
    await execution_states.start(transaction, execution.tenant_id, execution.id, attempt=1, worker="w")
    await execution_states.cancel(transaction, execution.tenant_id, execution.id, outcome={})
