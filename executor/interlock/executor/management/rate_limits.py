"""How often a management API may be asked: buckets that fill again, one for each token that is presented.

Every answer says what is left of it: `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds since 1970), and one that
refuses `Retry-After` besides, as Auth0's clients wait by. Buckets are a process's own: with several, so much each.
"""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interlock.executor.management import answers

_MOST_BUCKETS: Final = 1_000
"""Of one kind and one tenant; then the one that was unused longest is forgotten, and full again when it is wanted.
Whoever makes up tokens fills those of one tenant's requests, and of nothing else.
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests at once, and then so many a second."""

    burst: int
    per_s: float


API: Final = Rate(burst=200, per_s=50)
"""Of one token. Auth0's deploy tool asks eight times a second."""
TOKENS: Final = Rate(burst=30, per_s=1)
"""Tokens for one client; and as many requests that name it and do not prove it."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a bucket after a request; none is when it is `refused`."""

    limit: int
    remaining: int
    full_s: int
    """Seconds until it is full, or, of one that is empty, until there is something in it."""
    refused: bool

    def headers(self) -> dict[str, str]:
        """Return what the answer says of it."""
        said = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(int(time.time()) + self.full_s),
        }
        return {**said, "retry-after": str(self.full_s)} if self.refused else said


class Limits:
    """All buckets of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Use a clock that never goes back, in seconds."""
        self._clock = clock
        self._tables: dict[tuple[str, str], OrderedDict[tuple[str, ...], tuple[float, float]]] = {}

    def take(self, rate: Rate, kind: str, tenant: str, *of: str) -> Left:
        """Take one request out of the bucket of this name."""
        now = self._clock()
        buckets = self._tables.setdefault((kind, tenant), OrderedDict())
        level, at = buckets.pop(of, (float(rate.burst), now))
        level = min(rate.burst, level + (now - at) * rate.per_s)
        refused = level < 1
        buckets[of] = (level if refused else level - 1, now)
        while len(buckets) > _MOST_BUCKETS:
            buckets.popitem(last=False)
        level = buckets[of][0]
        missing = 1 - level if refused else rate.burst - level
        return Left(rate.burst, int(level), max(1, math.ceil(missing / rate.per_s)), refused)

    def around(self, application: ASGIApp, tenant: str, headers: Headers) -> ASGIApp:
        """Return what answers a request of a tenant, unless there were too many with what it presents."""
        presented = hashlib.sha256(headers.get("authorization", "").encode("latin-1", "replace")).hexdigest()
        left = self.take(API, "api", tenant, presented)

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    said = MutableHeaders(raw=message.setdefault("headers", []))
                    for name, value in left.headers().items():
                        said.setdefault(name, value)
                await send(message)

            if left.refused:
                await answers.too_many()(scope, receive, told)
            else:
                await application(scope, receive, told)

        return limited
