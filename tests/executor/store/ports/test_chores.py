"""Chores: done again and again, whatever becomes of one; by several processes at once, and everything once."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from record_keys import in_clear
from structlog.testing import capture_logs

from interlock.executor.embedded import Valkey, valkey
from interlock.executor.errors import Unavailable
from interlock.executor.housekeeping import Chore, keeping, retain
from interlock.executor.ports import StoredSecretStore
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import Database, execution_states, executions, tenants
from interlock.executor.store import records as record_rows
from interlock.executor.store.execution_states import Final
from interlock.secrets import rotate_data_key

# Looks three times, and says how often that failed.
PROCESS = """
import asyncio, sys
from interlock.executor.housekeeping import Sweeper
from interlock.executor.ports import StoredExecutions
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import batching, opened
from interlock.worker.queue import Dispatcher
from interlock.worker.queue.kinds import Kind
from interlock.worker.queue.messages import ExecutionMessage, Outcome

async def run(url, redis_url, queue):
    async with (
        opened(url) as database,
        batching(database, SealedRecords(None), lambda *_: None) as batch,
        Dispatcher.open(redis_url, Kind(queue, ExecutionMessage, Outcome)) as dispatcher,
    ):
        records = SealedRecords(None)
        sweeper = Sweeper(database, StoredExecutions(database, batch, records), dispatcher, records)
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(3):
            await sweeper.look()

asyncio.run(run(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


async def test_a_chore_that_fails_is_done_again_and_holds_up_no_other() -> None:
    turns = {"refused": 0, "broken": 0, "well": 0}
    enough = asyncio.Event()

    def chore(name: str, error: Exception | None) -> Chore:
        async def do() -> None:
            turns[name] += 1
            if all(count >= 3 for count in turns.values()):
                enough.set()
            if error is not None:
                raise error

        return Chore(name, 0.001, do)

    canary = "canary-4711"
    chores = (
        chore("refused", Unavailable("store_unavailable", canary, "")),
        chore("broken", ValueError(canary)),
        chore("well", None),
    )
    with capture_logs() as logs:
        async with keeping(*chores):
            await asyncio.wait_for(enough.wait(), 30)
        stopped = dict(turns)
        await asyncio.sleep(0.01)
    assert turns == stopped
    said = {(line["chore"], line.get("code") or line.get("kind")) for line in logs}
    assert said == {("refused", "store_unavailable"), ("broken", "ValueError")}
    assert canary not in repr(logs)


async def test_the_end_does_not_wait_for_a_chore_that_hangs() -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(30), keeping(Chore("hangs", 1, hang)):
        await begun.wait()


@pytest.mark.parametrize("keep_days", [2, 30])
async def test_what_ended_is_kept_as_long_as_it_is_set(
    keep_days: float, database: Database, make: Any, clock: Any
) -> None:
    await make.bound()
    ended, runs = make.execution(seconds=3_600), make.execution(seconds=3_600)
    async with database.writing() as transaction:
        for execution in (ended, runs):
            await executions.accept(transaction, execution, in_clear(execution))
            assert await execution_states.start(transaction, "acme", execution.id, attempt=1, worker="w")
        end = Final("completed", {"result": None, "error": None}, {})
        assert await execution_states.finish(transaction, "acme", ended.id, attempt=1, final=end)

    async def kept() -> set[str]:
        await retain(database, keep_days).do()
        async with database.reading() as transaction:
            return {one.id for one in (await executions.listed(transaction, "acme")).items}

    clock.pass_by(days=keep_days, seconds=-1)
    assert await kept() == {ended.id, runs.id}
    clock.pass_by(seconds=2)
    assert await kept() == {runs.id}


async def test_a_tenant_may_keep_executions_longer_or_shorter(database: Database, make: Any, clock: Any) -> None:
    await make.bound()
    execution = make.execution(seconds=3_600)
    async with database.writing() as transaction:
        await executions.accept(transaction, execution, in_clear(execution))
        end = Final("completed", {"result": None, "error": None}, {})
        assert await execution_states.finish(transaction, "acme", execution.id, attempt=1, final=end)
        await tenants.change(transaction, "acme", keep_days=20)

    async def kept() -> int:
        await retain(database, 10).do()
        async with database.reading() as transaction:
            return len((await executions.listed(transaction, "acme")).items)

    clock.pass_by(days=19)
    assert await kept() == 1
    async with database.writing() as transaction:
        await tenants.change(transaction, "acme", keep_days=18)
    assert await kept() == 0


async def test_a_data_key_goes_with_the_last_record_that_it_seals(
    database: Database, make: Any, clock: Any, records: SealedRecords
) -> None:
    await make.bound()
    execution = make.execution(seconds=3_600)
    of = ("acme", execution.id, {"user": "canary"})
    await records.write(database, *of, lambda at, sealed: executions.accept(at, execution, sealed))
    store = StoredSecretStore(database)
    keys = records._keys._data_keys
    await rotate_data_key(store, keys, "acme")
    assert [key.number for key in await store.data_keys("acme")] == [1, 2]
    async with database.writing() as transaction:
        sealed = await record_rows.get(transaction, "acme", execution.id)
        assert b"canary" not in sealed.event
        assert await records.event(sealed) == {"user": "canary"}
        end = Final("completed", {"result": None, "error": None}, {})
        assert await execution_states.finish(transaction, "acme", execution.id, attempt=1, final=end)
    clock.pass_by(days=11)
    await retain(database, 10).do()
    assert [key.number for key in await store.data_keys("acme")] == [2]


async def test_two_processes_at_once_enqueue_everything_once(
    database: Database, make: Any, clock: Any, server: Valkey, url: str
) -> None:
    clock.now = datetime.now(UTC) - timedelta(seconds=30)
    await make.bound()
    waiting = [make.execution(seconds=3_600) for _ in range(150)]
    overdue = [make.execution(seconds=1) for _ in range(20)]
    async with database.writing() as transaction:
        for execution in (*waiting, *overdue):
            await executions.accept(transaction, execution, in_clear(execution))
    queue = f"events-{uuid4().hex}"
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROCESS, url, server.url, queue),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    said = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0], said
    with redis.Redis.from_url(server.url) as client:
        queued = [one.decode() for one in client.lrange(f"rq:queue:{queue}", 0, -1)]
    assert sorted(queued) == sorted(execution.id for execution in waiting)
    async with database.reading() as transaction:
        states = {(await executions.get(transaction, "acme", one.id)).status for one in overdue}
    assert states == {"expired"}
