"""The host operation `compute`: `{number}` of what the run has given for it (`deposits`), computed on a thread.

The sandbox performs it itself, as it does timers: it needs no network and no worker. A run has one on a thread at a
time, the others wait in order, and thread time is the run's CPU time, so that a hundred operations cannot take a
hundred seconds.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from interlock.sandbox.compute import requests
from interlock.sandbox.compute.desk import Desk
from interlock.sandbox.compute.pool import Computed, Pool
from interlock.sandbox.errors import OperationFailed
from interlock.sandbox.messages import JSON, Operation

if TYPE_CHECKING:
    from concurrent.futures import Future


class Performer:
    """Computes for one run, whose operations come one by one. `charge` is told the nanoseconds of each, `exhausted`
    says that there is no time left."""

    def __init__(self, pool: Pool, desk: Desk, charge: Callable[[int], None], exhausted: Callable[[], bool]) -> None:
        self._pool = pool
        self._desk = desk
        self._charge = charge
        self._exhausted = exhausted
        self._turn = asyncio.Lock()
        self._computing: Future[Computed] | None = None

    async def __call__(self, operation: Operation) -> JSON:
        """Performs one operation; its result is to be taken from the run's deposits. Raises `OperationFailed`."""
        if operation.args.keys() != {"number"}:
            raise requests.bad_request("a computation needs the number of what was given for it, and nothing else")
        number = operation.args["number"]
        try:
            async with self._turn:
                await self._finish()  # an earlier one that the guest has given up, and that its thread could not
                await self._desk.deposits.room()
                await self._compute(number)
        finally:
            self._desk.deposits.forget(number)  # also what was given up before its turn

    async def _compute(self, number: int) -> None:
        given = self._desk.deposits.begin(number)
        if self._exhausted():
            raise requests.work_limit("the run has used up its CPU time")
        self._computing = computing = self._pool.submit(given.function, given.request, self._desk.owner)
        try:
            await self._finish()
        except asyncio.CancelledError:
            computing.cancel()
            raise
        result = computing.result().result
        if isinstance(result, OperationFailed):
            raise result
        self._desk.deposits.settle(number, result, given)

    async def _finish(self) -> None:
        """Until no thread works for this run; what it worked is charged, whether anybody wants the result or not."""
        computing = self._computing
        if computing is None or computing.cancelled():
            return
        await asyncio.wait([asyncio.wrap_future(computing)])
        self._computing = None
        self._charge(computing.result().cpu_ns)
