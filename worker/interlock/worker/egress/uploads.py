"""The body of a request that the guest sends piece by piece, while its answer may come already."""

import asyncio
from collections import deque
from typing import Final

from interlock.sandbox import OperationFailed
from interlock.worker.egress import failures
from interlock.worker.egress.exchanges import Exchange

MOST_WAITING: Final = 16
"""Pieces that may wait at the same time: a guest that heeds what it is told has one."""


class Upload:
    """Pieces from the guest to an exchange. Each is answered when the peer can take more."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._waiting: deque[tuple[bytes, bool, asyncio.Future[None]]] = deque()
        self._came = asyncio.Event()
        self._failure: OperationFailed | None = None
        self._over = False
        self._ended = False

    async def put(self, data: bytes, *, end: bool) -> None:
        """Hand over a piece and wait until it has gone. When the answer is whole, what comes is let fall."""
        if self._failure is not None:
            raise self._failure
        if self._ended:
            raise failures.bad_request("the body of this request has ended")
        self._ended = end
        if self._over:
            return
        if len(self._waiting) >= MOST_WAITING:
            raise failures.bad_request(f"{MOST_WAITING} pieces of this body are waiting: wait until one has gone")
        gone = asyncio.get_running_loop().create_future()
        self._waiting.append((data, end, gone))
        self._came.set()
        await gone

    async def send_to(self, exchange: Exchange) -> None:
        """Send all pieces. Raises what sending one raises; who waits is told too."""
        end = False
        while not end:
            while not self._waiting:
                self._came.clear()
                await self._came.wait()
            data, end, gone = self._waiting[0]
            try:
                await exchange.send(data, end=end)
            except OperationFailed as failed:
                self.fail(failed)
                raise
            self._waiting.popleft()
            if not gone.done():
                gone.set_result(None)

    def fail(self, failure: OperationFailed) -> None:
        """Fail what waits and what will come."""
        self._failure = failure
        for _, _, gone in self._waiting:
            if not gone.done():
                gone.set_exception(failure)
        self._waiting.clear()

    def let_fall(self) -> None:
        """Let what waits and what will come fall: the answer is there, and nobody reads it any more."""
        self._over = True
        for _, _, gone in self._waiting:
            if not gone.done():
                gone.set_result(None)
        self._waiting.clear()
