"""The steps of a job's life as calls: the one module that talks to Redis for a queue. Scripts are in `scripts.py`.

Raises Unavailable when Redis is away. A step that met an enemy's value of the wrong type in Redis raises
`redis.ResponseError`; who calls for one job then leaves that job.
"""

import contextlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import redis
from rq.utils import now, utcformat

from interlock.worker.errors import TooManyInFlight, Unavailable
from interlock.worker.queue import job, keys, scripts
from interlock.worker.queue.connections import Server
from interlock.worker.queue.keys import Keys
from interlock.worker.queue.line import Command, Line
from interlock.worker.queue.messages import JobMessage, JobOutcome
from interlock.worker.queue.timing import DEFAULT, Timing
from interlock.worker.queue.together import Call, Script, Together

_AWAY: Final = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError, OSError)
_CANNOT_NOW: Final = re.compile(r"(MISCONF|NOREPLICAS|UNKILLABLE|BUSY)\b")
_KINDS_THAT_PASS: Final = (
    redis.exceptions.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
)
"""What the server answers when it can do nothing now, though it is there: its memory or disk is full, it is a replica.
The client has classes for some of it."""

LARGEST_LOOKED_AT_BYTES: Final = 64 << 10
"""Of a message that comes with the fetch already: it comes a second time with the claim."""

_NAME: Final = re.compile(rb"[A-Za-z0-9_-]{1,64}")
_ENTRY: Final = re.compile(rb"[A-Za-z0-9_-]{1,64}:[0-9a-f]{32}")


def is_id(job_id: bytes) -> bool:
    """Whether it can be the id of a job of ours."""
    return _NAME.fullmatch(job_id) is not None


@contextlib.contextmanager
def reaching() -> Iterator[None]:
    """Turn all the ways in which Redis can be away into Unavailable."""
    try:
        yield
    except _AWAY as error:
        raise Unavailable(
            "Redis cannot be reached. Nothing is lost; check INTERLOCK_REDIS_URL and the server."
        ) from error
    except redis.ResponseError as error:
        if not _cannot_now(error):
            raise
        raise Unavailable("Redis takes nothing now: its memory or disk is full, or it is a replica.") from None


def _cannot_now(error: redis.ResponseError) -> bool:
    return isinstance(error, _KINDS_THAT_PASS) or _CANNOT_NOW.match(str(error)) is not None


@dataclass(frozen=True, slots=True)
class Claim:
    """That a worker runs a job: `job:claim` in RQ's started registry. Whoever removes it owns the end."""

    job_id: str
    worker: str
    claim_id: str

    @property
    def entry(self) -> str:
        """The name of the claim in Redis, in the form RQ has for its own."""
        return f"{self.job_id}:{self.claim_id}"

    @classmethod
    def new(cls, job_id: str, worker: str) -> "Claim":
        """Make a claim of this worker's that nobody has yet."""
        return cls(job_id, worker, uuid4().hex)


class Steps:
    """Everything that is done to the jobs of one queue."""

    def __init__(self, server: Server, queue_name: str, timing: Timing = DEFAULT) -> None:
        self.client = server.client
        self.line = server.line
        self.keys = Keys(queue_name)
        self.timing = timing
        self._together = Together(server.line)
        self._scripts = {name: Script.of(text) for name, text in vars(scripts).items() if name.isupper()}

    async def enqueue(self, message: JobMessage, dispatcher: str) -> bool:
        """Put a job at the end of the queue. False: it is there already, or ended a moment ago.

        Raises TooManyInFlight when somebody would wait for it and its tenant has as many as it may.
        """
        fields = job.fields(message, self.keys.queue_name, dispatcher)
        now_ms = _now_ms()
        lives_ms = max(0, message.deadline_ms - now_ms) + self.timing.overdue_s * 1_000
        most = message.most_in_flight
        done = await self._run(
            "ENQUEUE",
            [self.keys.job(message.job_id), self.keys.queue, keys.QUEUES, self.keys.in_flight],
            [
                *(message.job_id, lives_ms, message.of_tenant, "" if most is None else most),
                *("1" if message.awaited else "", now_ms, *_flat(fields)),
            ],
        )
        if done < 0:
            raise TooManyInFlight(-done)
        return bool(done)

    async def fetch(self, line: Line, worker: str, *, look: bool = False) -> tuple[bytes | None, bytes | None]:
        """Wait for a job and take it, over a connection of its own. Return its id as it is in Redis; None: none came.

        With `look`, the message that it seems to have is returned beside it, if it is short: nothing is claimed yet.
        """
        taken_by_it = self.keys.taken(worker)
        commands: list[Command] = [("BLMOVE", self.keys.queue, taken_by_it, "LEFT", "RIGHT", self.timing.fetch_s)]
        if look:
            script = self._scripts["LOOK"]
            commands.append(Call(script, [taken_by_it], [self.keys.job(""), LARGEST_LOOKED_AT_BYTES]).by_name())
        with reaching():
            taken, *looked = await line.call(*commands)
            if isinstance(taken, Exception):
                raise taken
        if taken is None:
            return None, None
        return raw(taken), _seen(raw(taken), looked)

    async def learn(self, line: Line) -> None:
        """Have the server know what `fetch` looks with: it is named there, never sent."""
        with reaching():
            await line.call(("SCRIPT", "LOAD", self._scripts["LOOK"].text))

    async def start(self, claim: Claim) -> tuple[bool, bytes | None]:
        """Begin a job that the worker took. (True, None): it is gone. (False, None): it is no longer this worker's, or
        waits until its tenant has a place for it.
        """
        mine, data = await self._run(
            "START",
            [
                self.keys.taken(claim.worker),
                self.keys.job(claim.job_id),
                self.keys.started,
                self.keys.held(claim.worker),
                self.keys.in_flight,
            ],
            [
                *(claim.job_id, claim.entry, int(time.time()) + 86_400, claim.worker, utcformat(now())),
                *(_now_ms(), self._place_ms),
            ],
        )
        return bool(mine), data

    async def finish(self, claim: Claim, outcome: JobOutcome, by: str, seconds: float = 0.0) -> bool:
        """End a job with its outcome and tell who waits. False: another has ended or begun it anew.

        `by` is a random name of this ending, the same when it is tried again.
        """
        return bool(
            await self._run(
                "FINISH",
                [
                    self.keys.started,
                    self.keys.held(claim.worker),
                    self.keys.job(claim.job_id),
                    self.keys.worker(claim.worker),
                    self.keys.finished,
                    *self._places,
                ],
                [
                    *(claim.entry, claim.job_id, utcformat(now()), int(time.time()), self.timing.result_s),
                    *(outcome.to_json(), f"{seconds:.6f}", keys.FINISHED_IDS, by, self._place_ms),
                ],
            )
        )

    async def requeue(self, claim: Claim, message: JobMessage) -> bool:
        """Put a job that was started back in front, with the message of its next attempt."""
        return bool(
            await self._run(
                "REQUEUE",
                [
                    self.keys.started,
                    self.keys.held(claim.worker),
                    self.keys.job(claim.job_id),
                    self.keys.queue,
                ],
                [claim.entry, claim.job_id, message.to_json()],
            )
        )

    async def drop(self, claim: Claim) -> None:
        """Remove a claim whose job is over, put off, gone or not one of ours, and the job with it."""
        names = [self.keys.started, self.keys.held(claim.worker), self.keys.job(claim.job_id), *self._places]
        await self._run("DROP", names, [claim.entry, claim.job_id, _now_ms(), self._place_ms])

    async def give_back(self, worker: str) -> int:
        """Put what a worker took and did not start back in front, in its order. Returns how many."""
        return int(await self._run("GIVE_BACK", [self.keys.taken(worker), self.keys.queue], []))

    async def renew(self, worker: str, says: Mapping[str, str]) -> None:
        """Renew a worker's lease, and with it what RQ calls its heartbeat."""
        await self._run(
            "RENEW",
            [
                *(self.keys.leases, self.keys.worker(worker), self.keys.held(worker)),
                *(keys.WORKERS, self.keys.workers),
            ],
            [worker, int(self.timing.lease_s * 1_000), 120, *_flat(says)],
        )

    async def lapsed(self) -> list[str]:
        """Return the names of the workers whose lease lapsed. What waits for a place that is free is let go on."""
        found = await self._run("LAPSED", [self.keys.leases, *self._places], [self._place_ms])
        names = [raw(name) for name in found]
        with reaching():
            for wrong in (name for name in names if not _NAME.fullmatch(name)):
                await self.client.zrem(self.keys.leases, wrong)
        return [name.decode() for name in names if _NAME.fullmatch(name)]

    async def alive(self) -> int:
        """Return how many workers have a lease that has not lapsed."""
        return int(await self._run("ALIVE", [self.keys.leases], []))

    async def said(self, field: str) -> list[str]:
        """Return what each worker whose lease has not lapsed says of itself under this name; empty: nothing."""
        found = await self._run("SAID", [self.keys.leases], [self.keys.worker(""), field])
        return [raw(each).decode("utf-8", "replace") for each in found]

    async def let_go(self, worker: str) -> None:
        """Let a worker's lease lapse now."""
        await self._run("LET_GO", [self.keys.leases], [worker])

    async def forget(self, worker: str) -> bool:
        """Remove a worker that lapsed long ago and holds nothing. False: not yet."""
        return bool(
            await self._run(
                "FORGET",
                [
                    *(self.keys.leases, self.keys.worker(worker), self.keys.held(worker)),
                    *(keys.WORKERS, self.keys.workers, self.keys.taken(worker)),
                ],
                [worker, int(self.timing.remember_s * 1_000)],
            )
        )

    async def taken(self, worker: str) -> list[bytes]:
        """Return the ids that a worker took and has not started, as they are in Redis."""
        with reaching():
            return [raw(job_id) for job_id in await self.client.lrange(self.keys.taken(worker), 0, -1)]

    async def refuse(self, worker: str, job_id: bytes) -> None:
        """Remove what is no id of ours from what a worker took."""
        with reaching():
            await self.client.lrem(self.keys.taken(worker), 0, job_id)  # type: ignore[arg-type]

    async def held(self, worker: str) -> list[tuple[Claim, bytes | None]]:
        """Return what a worker runs, with each job's message as it stands in Redis. What is no claim is removed."""
        with reaching():
            entries = [raw(entry) for entry in await self.client.smembers(self.keys.held(worker))]
            wrong = [entry for entry in entries if not _ENTRY.fullmatch(entry)]
            if wrong:
                await self.client.srem(self.keys.held(worker), *wrong)
                await self.client.zrem(self.keys.started, *wrong)
        named = [entry.decode() for entry in sorted(entries) if entry not in wrong]
        claims = [Claim(entry.partition(":")[0], worker, entry.partition(":")[2]) for entry in named]
        return [(claim, await self._data(claim)) for claim in claims]

    async def known(self, job_id: str) -> bool:
        """Return whether there is a job of this id."""
        with reaching():
            return bool(await self.client.exists(self.keys.job(job_id)))

    async def outcome(self, job_id: str) -> bytes | None:
        """Return the outcome of a job that ended a short time ago."""
        with reaching():
            return _bytes(await self.client.hget(self.keys.job(job_id), "outcome"))

    @property
    def _places(self) -> tuple[str, str, str]:
        return self.keys.in_flight, self.keys.queue, self.keys.job("")

    @property
    def _place_ms(self) -> int:
        """How long what runs in the background keeps its place if nobody gives it back: longer than any flow lasts."""
        return self.timing.overdue_s * 1_000

    async def _data(self, claim: Claim) -> bytes | None:
        with reaching(), contextlib.suppress(redis.ResponseError):
            return _bytes(await self.client.hget(self.keys.job(claim.job_id), "data"))
        return None

    async def _run(self, name: str, names: Sequence[str], arguments: Sequence[Any]) -> Any:
        with reaching():
            return await self._together.run(Call(self._scripts[name], names, arguments))


def _now_ms() -> int:
    return int(time.time() * 1_000)


def _seen(taken: bytes, looked: Sequence[Any]) -> bytes | None:
    """Return the message of what was taken. An answer that is an error says nothing: START meets the same."""
    match looked:
        case [[found, bytes() | str() as data]] if raw(found) == taken:
            return raw(data)
        case _:
            return None


def _flat(fields: Mapping[str, str | bytes]) -> list[str | bytes]:
    return [part for field in fields.items() for part in field]


def raw(value: bytes | str) -> bytes:
    """Return a reply of Redis as its bytes."""
    return value if isinstance(value, bytes) else value.encode()


def _bytes(value: bytes | str | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
