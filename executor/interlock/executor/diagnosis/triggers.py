"""The operator's own triggers: the file, and whether the API and all workers have the same one."""

import asyncio
from collections.abc import Sequence
from typing import Final

import redis

from interlock.executor import client, operator_triggers, output
from interlock.executor.composition import TRIGGERS
from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.executor.errors import ExecutorError, SettingsRefused
from interlock.executor.settings import Settings
from interlock.worker.errors import Unavailable
from interlock.worker.queue import BUILDS, EXECUTIONS
from interlock.worker.queue.connections import connect
from interlock.worker.queue.steps import Steps

PART: Final = "triggers"

_ANSWER_S: Final = 5.0
_SAME: Final = "Give the API and all workers the same INTERLOCK_TRIGGERS, and start again those that have another."


async def check(settings: Settings, redis_url: str | None) -> Findings:
    """Look at the file, then ask who runs. Nothing is said where there is no trigger of an operator's own."""
    try:
        own = operator_triggers.of(settings)
    except SettingsRefused as refused:
        yield Finding(PART, "wrong", refused.message.rstrip("."), output.sentence(refused.hint))
        return
    if own.digest:
        names = ", ".join(trigger.id for trigger in own if trigger.is_own)
        yield Finding(PART, "ok", f"the operator's own are {names} ({own.digest})")
    served = await _of_api(settings)
    if served is not None and served != own.digest:
        says = f"the API has {_named(served)}, and here it is {_named(own.digest)}"
        yield Finding(PART, "warning", says, f"What the API has counts. {_SAME}")
    meant = own.digest if served is None else served
    for queue in (EXECUTIONS.queue_name, BUILDS.queue_name):
        said = await _of_workers(redis_url, queue)
        others = [each for each in said if each != meant]
        if others:
            says = (
                f"of {len(said)} workers on {queue}, {len(others)} have {_named(others[0])} instead of {_named(meant)}"
            )
            yield Finding(PART, "wrong", says, _SAME)


def _named(digest: str) -> str:
    return f"the triggers file {digest}" if digest else "no triggers file"


async def _of_api(settings: Settings) -> str | None:
    """Return the digest of what the API has; None where it does not say: the check of the API says why."""
    try:
        with client.Client(client.find(settings), connect_s=_ANSWER_S, answer_s=_ANSWER_S) as asking:
            return str((await asyncio.to_thread(asking.get, "triggers")).get("digest", ""))
    except ExecutorError:
        return None


async def _of_workers(redis_url: str | None, queue: str) -> Sequence[str]:
    """Return the digests that the workers tell; none where Redis does not answer: the check of the queue says why."""
    if redis_url is None:
        return ()
    try:
        async with connect(redis_url) as server:
            return await Steps(server, queue).said(TRIGGERS)
    except (redis.RedisError, OSError, ValueError, Unavailable):
        return ()
