"""The host operations of one run while they are under way; timers and computations are the sandbox's own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from interlock.sandbox import messages
from interlock.sandbox.errors import OperationFailed
from interlock.sandbox.messages import JSON, Completion, Operation

Perform = Callable[[Operation], Awaitable[JSON]]
"""Performs one operation for the guest: returns its JSON value, or raises `OperationFailed`."""

TIMER: Final = "timer"
IMMEDIATE: Final = "timer.immediate"
COMPUTE: Final = "compute"
CONTINUING: Final = frozenset(
    """
    fetch.write fetch.read fetch.cancel
    socket.read socket.write socket.starttls socket.end socket.close
    timer.immediate
    """.split()
)
"""Kinds that go on with something another operation began, or with the action itself (`setImmediate`, which clients
call for each answer of a server; CPU time bounds it). The limit of host operations counts what begins something:
a long answer is one request, however many pieces it comes in. These are bounded by what performs them, in bytes.
sandbox/guest/runtime/operations.js has the same."""
MOST_AT_ONCE: Final = 1_000
"""Operations under way at the same time, those that go on with something among them."""
MOST_ARGUMENT_BYTES: Final = 16 << 20
"""Of this process that the arguments of a run's operations under way may hold. One that would hold more fails."""
_LONGEST_TIMER_MS: Final = 2**31 - 1


def begins(operation: Operation) -> bool:
    """Whether an operation begins something, and counts."""
    return operation.kind not in CONTINUING


async def refuse(operation: Operation) -> JSON:
    """The `Perform` of a sandbox that has nothing to offer but what it performs itself: timers and computations."""
    raise OperationFailed("unknown_operation", f"the host does not perform operations of kind {operation.kind}")


class Waiting(Protocol):
    """What a run asked for and was not told yet: `Outstanding`, or a tape of it (`replaying`)."""

    def __len__(self) -> int: ...

    def kinds(self) -> list[str]:
        """The kinds still waited for, sorted."""

    def add(self, operation: Operation) -> None:
        """Begins an operation. ValueError when its id is under way already."""

    def cancel(self, number: int) -> None:
        """Ends an operation the guest no longer wants."""

    async def wait(self, seconds: float) -> list[Completion]:
        """The completions since the last call, at least one. TimeoutError after `seconds` without any."""

    async def close(self) -> None:
        """Ends what is under way."""


class Outstanding:
    """What a run waits for. `wait` gives completions in the order they came; `close` cancels the rest."""

    def __init__(self, perform: Perform, compute: Perform = refuse) -> None:
        self._perform = perform
        self._compute = compute
        self._running: dict[int, asyncio.TimerHandle | asyncio.Task[JSON]] = {}
        self._kinds: dict[int, str] = {}
        self._completed: list[Completion] = []
        self._sizes: dict[asyncio.Task[JSON], int] = {}
        self._argument_bytes = 0
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._running) + len(self._completed)

    def kinds(self) -> list[str]:
        """The kinds still waited for, sorted: for the message of a wall limit."""
        return sorted(self._kinds.values())

    def add(self, operation: Operation) -> None:
        """Begins an operation. ValueError when its id is under way already: the guest broke the protocol."""
        if operation.id in self._running:
            raise ValueError(f"operation {operation.id} is under way already")
        self._kinds[operation.id] = operation.kind
        loop = asyncio.get_running_loop()
        if operation.kind in {TIMER, IMMEDIATE}:
            # Whatever the guest says: what does not count is over at once.
            delay = _timer_seconds(operation) if operation.kind == TIMER else 0.0
            self._running[operation.id] = loop.call_later(delay, self._complete, Completion(operation.id))
        else:
            size = messages.size_of(operation.args)
            if self._argument_bytes + size > MOST_ARGUMENT_BYTES:
                words = (
                    f"the operations under way hold {MOST_ARGUMENT_BYTES >> 20} MiB of arguments: wait for some first"
                )
                self._complete(Completion(operation.id, failure=("arguments_limit", words)))
                return
            perform = self._compute if operation.kind == COMPUTE else self._perform
            task = loop.create_task(_awaitable(perform, operation))
            self._running[operation.id] = task
            self._sizes[task] = size
            self._argument_bytes += size
            task.add_done_callback(lambda done: self._settle(operation.id, done))

    def cancel(self, number: int) -> None:
        """Ends an operation the guest no longer wants; one that has completed is forgotten."""
        handle = self._running.pop(number, None)
        self._kinds.pop(number, None)
        if handle:
            handle.cancel()
            return
        self._completed = [one for one in self._completed if one.id != number]

    async def wait(self, seconds: float) -> list[Completion]:
        """The completions since the last call, at least one. TimeoutError after `seconds` without any."""
        if not self._completed:
            loop = asyncio.get_running_loop()
            waiter = self._waiter = loop.create_future()
            timeout = loop.call_later(max(0.0, seconds), _expire, waiter)
            try:
                await waiter
            finally:
                timeout.cancel()
                self._waiter = None
        completed, self._completed = self._completed, []
        return completed

    async def close(self) -> None:
        """Cancels what is under way, and waits until it is gone."""
        tasks = [handle for handle in self._running.values() if isinstance(handle, asyncio.Task)]
        for handle in self._running.values():
            handle.cancel()
        self._running.clear()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    def _settle(self, number: int, task: asyncio.Task[JSON]) -> None:
        self._argument_bytes -= self._sizes.pop(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if self._running.get(number) is not task:  # cancelled by us: nobody waits for what became of it
            return
        match error:
            case None:
                self._complete(_answer(number, task.result()))
            case OperationFailed() as failed:
                self._complete(Completion(number, failure=(failed.reason, failed.message)))
            case _:
                # Its text may hold what the guest must not see.
                self._complete(Completion(number, failure=("host_error", "the host could not perform this operation")))

    def _complete(self, completion: Completion) -> None:
        self._running.pop(completion.id, None)
        self._kinds.pop(completion.id, None)
        self._completed.append(completion)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


async def _awaitable(perform: Perform, operation: Operation) -> JSON:
    return await perform(operation)


def _answer(number: int, value: JSON) -> Completion:
    try:
        return Completion(number, messages.encode(value))
    except (TypeError, ValueError, RecursionError):
        return Completion(number, failure=("host_error", "the host's answer to this operation cannot be JSON"))


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


def _timer_seconds(operation: Operation) -> float:
    milliseconds = operation.args.get("ms")
    if isinstance(milliseconds, int | float) and 0 <= milliseconds <= _LONGEST_TIMER_MS:
        return milliseconds / 1000
    raise ValueError("a timer needs a number of milliseconds")
