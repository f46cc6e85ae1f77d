"""The host operation `compute`: `{name, options, data: [base64]}` gives `{value, data: [base64]}`, on a thread.

The sandbox performs it itself, as it does timers: it needs no network and no worker. A run has one on a thread at a
time, the others wait in order, so that no run keeps others from the threads; and thread time is the run's CPU time, so
that a hundred operations cannot take a hundred seconds.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable

from interlock.sandbox.compute import registry, requests
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.pool import Pool
from interlock.sandbox.errors import OperationFailed
from interlock.sandbox.messages import JSON, Operation


class Performer:
    """Computes for one run. `charge` is told the nanoseconds of each; `exhausted` says that there is no time left."""

    def __init__(self, pool: Pool, charge: Callable[[int], None], exhausted: Callable[[], bool]) -> None:
        self._pool = pool
        self._charge = charge
        self._exhausted = exhausted
        self._turn = asyncio.Lock()

    async def __call__(self, operation: Operation) -> JSON:
        """Performs one operation. Raises `OperationFailed`."""
        name, request = _read(operation.args)
        function = registry.find(name)
        function.work(request)  # refuses what is too much before anybody waits for a thread
        async with self._turn:
            if self._exhausted():
                raise requests.work_limit("the run has used up its CPU time")
            computed = await asyncio.wrap_future(self._pool.submit(function, request))
            self._charge(computed.cpu_ns)
        if isinstance(computed.result, OperationFailed):
            raise computed.result
        return {
            "value": computed.result.value,
            "data": [base64.b64encode(part).decode() for part in computed.result.data],
        }


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
