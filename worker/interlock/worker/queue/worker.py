"""The queue's worker: RQ's, with its loop overridden so that many jobs are in flight in one process.

RQ's `BaseWorker` gives the registration that RQ's tools show (`rq info`, `Worker.all()`). The loop, the heartbeat, the
steps of a job and the maintenance are ours (`scripts.py` says why each is one step). Nothing here forks or starts
threads, and commands that RQ's worker takes from a channel are not listened to.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, Final, Generic

import redis
from rq.utils import now
from rq.worker import BaseWorker, WorkerStatus

from interlock.worker.errors import Unavailable
from interlock.worker.queue.connections import connect
from interlock.worker.queue.job import MessageJob
from interlock.worker.queue.kinds import Kind, MessageT, OutcomeT
from interlock.worker.queue.lease import Lease
from interlock.worker.queue.life import Life
from interlock.worker.queue.ports import Foresee, JobLog, Perform
from interlock.worker.queue.reaper import Reaper
from interlock.worker.queue.steps import Claim, Steps, is_id, reaching
from interlock.worker.queue.tasks import cancel
from interlock.worker.queue.timing import DEFAULT, Timing

IN_FLIGHT: Final = 1_000
"""Jobs a process holds at once. Most executions wait for a server of their tenant's, parked by the sandbox; how many
compute beside each other is bounded by its slots.
"""
STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

Tasks = list[asyncio.Task[None]]

_log: Final = logging.getLogger(__name__)


class QueueWorker(BaseWorker, Generic[MessageT, OutcomeT]):
    """Takes jobs of one queue and does them. One queue: with two or more RQ dequeues without its intermediate list."""

    job_class = MessageJob

    def __init__(  # noqa: PLR0913 - what it stands on, and three settings by name
        self,
        url: str,
        kind: Kind[MessageT, OutcomeT],
        perform: Perform[MessageT, OutcomeT],
        log: JobLog[MessageT, OutcomeT],
        *,
        foresee: Foresee[MessageT, OutcomeT] | None = None,
        in_flight: int = IN_FLIGHT,
        timing: Timing = DEFAULT,
        ready: Callable[[], None] = lambda: None,
        stopping: Callable[[], None] = lambda: None,
        says: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`foresee` reads ahead for jobs that a caller waits for. `ready` is called once, when the worker is registered
        and begins to fetch; `stopping` when it has stopped. `says` is told of it with each renewal of its lease, beside
        what RQ shows.
        """
        super().__init__([kind.queue_name], connection=redis.Redis.from_url(url))
        self._url = url
        self._kind = kind
        self._perform = perform
        self._job_log = log
        self._foresee = foresee
        self._in_flight = in_flight
        self._timing = timing
        self._ready = ready
        self._stopped_fetching = stopping
        self._also_says = says
        self._stopping = asyncio.Event()
        self._forced = asyncio.Event()
        self._lives: dict[str, asyncio.Task[None]] = {}

    def work(self, *_arguments: Any, **_options: Any) -> bool:
        """Run until a signal says stop, in an event loop of its own. Returns whether everything held was finished."""
        return asyncio.run(self.serve())

    def run_maintenance_tasks(self) -> None:
        """Do nothing: RQ's maintenance would fail after a minute what the reaper brings back within seconds."""

    def _set_ip_address(self, connection: redis.Redis) -> None:
        """Find out what RQ's tools show as the worker's address. The client cannot read what the server says of a unix
        socket whose path has a blank or an equals sign in it: no reason not to start.
        """
        try:
            super()._set_ip_address(connection)
        except ValueError:
            self.ip_address = "unknown"

    def subscribe(self) -> None:
        """Do nothing: nobody stops or kills a worker by a message."""

    async def serve(self) -> bool:
        """Run until SIGTERM or SIGINT, then finish what is held; a second signal lets go of it at once.

        Returns whether everything held was finished. Raises Unavailable when Redis is away at the start.
        """
        async with connect(self._url) as server, self._signals(), self._registration():
            steps = Steps(server, self._kind.queue_name, self._timing)
            lease = Lease(steps, self.name, self._says)
            reaper = Reaper(steps, self._kind, self._job_log, self.name)
            async with _running(lease.run(), reaper.run()) as running:
                await self._fetch_until_stopped(steps, lease, running)
                finished = await self._finish_held(steps)
            await self._leave(steps, finished=finished)
            return finished

    async def _fetch_until_stopped(self, steps: Steps, lease: Lease, running: Tasks) -> None:
        life = Life(steps, self._kind, self._job_log, self._perform, foresee=self._foresee)
        fetching = asyncio.create_task(self._fetch(steps, lease, life))
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait([fetching, stopping, *running], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {fetching, stopping}:
            # Without its lease or its reaper a worker is worse than none: it ends, and is started again.
            await task
        await cancel(fetching)
        if not fetching.cancelled():
            await fetching
        self._stopped_fetching()

    async def _fetch(self, steps: Steps, lease: Lease, life: Life[MessageT, OutcomeT]) -> None:
        """Take jobs while there is room, until cancelled. The blocking call has a connection of its own."""
        await lease.young()
        self._ready()
        while True:
            try:
                async with connect(self._url) as server:
                    if self._foresee is not None:
                        await steps.learn(server.line)
                    # An answer may have been lost with the last connection: what was taken then is still in the list.
                    for job_id in await steps.taken(self.name):
                        await self._begin(job_id, steps, life)
                    while True:
                        await self._room()
                        await lease.young()
                        taken, seen = await steps.fetch(server.line, self.name, look=self._foresee is not None)
                        if taken is not None:
                            await self._begin(taken, steps, life, seen)
                            # It goes first: the next fetch may well wait for a second.
                            await asyncio.sleep(0)
            except Unavailable:
                await asyncio.sleep(self._timing.retry_s)

    async def _room(self) -> None:
        while len(self._lives) >= self._in_flight:
            await asyncio.wait(self._lives.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _begin(
        self, taken: bytes, steps: Steps, life: Life[MessageT, OutcomeT], seen: bytes | None = None
    ) -> None:
        if not is_id(taken):
            await steps.refuse(self.name, taken)
            _log.warning("something in the queue is no id of ours and was removed")
            return
        job_id = taken.decode()
        if job_id in self._lives:
            return
        task = asyncio.create_task(life.run(Claim.new(job_id, self.name), seen))
        self._lives[job_id] = task

        def over(task: asyncio.Task[None]) -> None:
            del self._lives[job_id]
            if not task.cancelled() and (fault := task.exception()):
                _log.error("a job could not be ended", exc_info=fault)

        task.add_done_callback(over)

    async def _finish_held(self, steps: Steps) -> bool:
        """Give back what was not started, and wait for what was. False: a second signal came first."""
        forced = asyncio.create_task(self._forced.wait())
        finishing = asyncio.create_task(self._until_finished(steps))
        await asyncio.wait([forced, finishing], return_when=asyncio.FIRST_COMPLETED)
        finished = finishing.done()
        await cancel(forced, finishing, *self._lives.values())
        return finished

    async def _until_finished(self, steps: Steps) -> None:
        # Tried once: while Redis is away nobody could take them either, and the lapsed lease will tell of them.
        with contextlib.suppress(Unavailable):
            await steps.give_back(self.name)
        while self._lives:
            await asyncio.wait(self._lives.values())

    async def _leave(self, steps: Steps, *, finished: bool) -> None:
        # The lease lapses now rather than being removed: a fetch that was under way may still have put a job into our
        # list, and what a forced stop left is found at once. The reaper forgets us when nothing can come any more.
        with contextlib.suppress(Unavailable), reaching():
            await steps.let_go(self.name)
            if finished:
                self.register_death()  # type: ignore[no-untyped-call]

    def _says(self) -> dict[str, str]:
        """Return what RQ shows of a worker."""
        self.last_heartbeat = now()
        self._state = WorkerStatus.BUSY if self._lives else WorkerStatus.IDLE
        said = {**self.serialize(), **self._also_says, "state": str(self._state.value), "in_flight": len(self._lives)}
        return {name: "" if value is None else str(value) for name, value in said.items()}

    @contextlib.asynccontextmanager
    async def _registration(self) -> AsyncIterator[None]:
        """Tell RQ's tools of us. RQ's own connection waits, which is right before and after everything else alone."""
        try:
            with reaching():
                self.register_birth()  # type: ignore[no-untyped-call]
            yield
        finally:
            self.connection.close()

    @contextlib.asynccontextmanager
    async def _signals(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            (self._forced if self._stopping.is_set() else self._stopping).set()
            _log.info("worker %s stops with %d executions in flight", self.name, len(self._lives))

        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, stop)
        try:
            yield
        finally:
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def _running(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[Tasks]:
    """Keep tasks running beside the body."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield tasks
    finally:
        await cancel(*tasks)
