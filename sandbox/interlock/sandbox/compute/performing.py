"""The host operation `compute`: `{name, options, data: [base64]}` gives `{value, data: [base64]}`, on a thread.

The sandbox performs it itself, as it does timers: it needs no network and no worker. A run has one on a thread at a
time, the others wait in order (`operations`), so that no run keeps others from the threads; and thread time is the
run's CPU time, so that a hundred operations cannot take a hundred seconds.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING

from interlock.sandbox.compute import registry, requests
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.pool import Computed, Pool
from interlock.sandbox.errors import OperationFailed
from interlock.sandbox.messages import JSON, Operation

if TYPE_CHECKING:
    from concurrent.futures import Future


class Performer:
    """Computes for one run, whose operations come one by one. `charge` is told the nanoseconds of each, `exhausted`
    says that there is no time left."""

    def __init__(self, pool: Pool, charge: Callable[[int], None], exhausted: Callable[[], bool]) -> None:
        self._pool = pool
        self._charge = charge
        self._exhausted = exhausted
        self._computing: Future[Computed] | None = None

    async def __call__(self, operation: Operation) -> JSON:
        """Performs one operation. Raises `OperationFailed`."""
        await self._finish()  # an earlier one that the guest has given up, and that its thread could not
        name, request = _read(operation.args)
        function = registry.find(name)
        function.work(request)
        if self._exhausted():
            raise requests.work_limit("the run has used up its CPU time")
        self._computing = computing = self._pool.submit(function, request)
        try:
            await self._finish()
        except asyncio.CancelledError:
            computing.cancel()
            raise
        computed = computing.result()
        if isinstance(computed.result, OperationFailed):
            raise computed.result
        return {
            "value": computed.result.value,
            "data": [base64.b64encode(part).decode() for part in computed.result.data],
        }

    async def _finish(self) -> None:
        """Until no thread works for this run; what it worked is charged, whether anybody wants the result or not."""
        computing = self._computing
        if computing is None or computing.cancelled():
            return
        await asyncio.wait([asyncio.wrap_future(computing)])
        self._computing = None
        self._charge(computing.result().cpu_ns)


def _read(args: dict[str, JSON]) -> tuple[str, requests.Request]:
    if args.keys() != {"name", "options", "data"} or not isinstance(args["name"], str):
        raise requests.bad_request("a computation needs name, options and data")
    data = args["data"]
    if not isinstance(data, list) or not all(isinstance(part, str) for part in data):
        raise requests.bad_request("the data of a computation must be base64 texts")
    if sum(map(len, data)) > CAPS.bytes_in:
        raise requests.work_limit(f"one computation may read at most {CAPS.bytes_in} bytes")
    try:
        parts = tuple(base64.b64decode(part, validate=True) for part in data)
    except (binascii.Error, ValueError):
        raise requests.bad_request("the data of a computation must be base64 texts") from None
    return args["name"], requests.of(args["options"], parts)
