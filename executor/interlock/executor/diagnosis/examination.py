"""Everything looked at, each part by itself and each with a time-out: what hangs or breaks hides nothing else."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock.executor.diagnosis import (
    api,
    builds,
    configuration,
    engine,
    folder,
    queue,
    situation,
    store,
    triggers,
)
from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.executor.diagnosis.situation import Situation
from interlock.executor.settings import Settings

CHECK_S: Final = 15.0
"""How long one part may take: a command that prints keys may take 10 s."""


@dataclass(frozen=True, slots=True)
class _Check:
    part: str
    findings: Findings


async def examine(settings: Settings, *, each_s: float = CHECK_S) -> Sequence[Finding]:
    """Return what was found, in the order in which an event meets the parts."""
    found = situation.of(settings)
    asked = await asyncio.gather(*(_carried_out(check, each_s) for check in _outside(found)))
    # The engine keeps this thread busy while it is compiled, so nothing else may have a time-out running then.
    own = await _carried_out(_Check(engine.PART, engine.check()), each_s)
    return [finding for findings in (*asked, own) for finding in findings]


def _outside(found: Situation) -> list[_Check]:
    checks = [_Check(configuration.PART, configuration.check(found.kind, found.settings))]
    if situation.there(found.folder.path):
        checks.append(_Check(folder.PART, folder.check(found.folder)))
    if found.kind in {"servers", "dev"}:
        checks.append(_Check(store.PART, store.check(found.settings.store, found.provider)))
        url = found.redis_url
        checks.append(
            _Check(queue.PART, queue.check(url, embedded=found.settings.redis_url is None) if url else _no_queue(found))
        )
        checks.append(_Check(builds.PART, builds.check()))
        checks.append(_Check(triggers.PART, triggers.check(found.settings, found.redis_url)))
    # Where the only API is that of `interlock dev`, and that does not run, one finding says so.
    stopped = found.kind == "dev" and found.redis_url is None and found.settings.url is None
    if found.kind != "nothing" and not stopped:
        checks.append(_Check(api.PART, api.check(found.settings, needed=found.kind != "servers")))
    return checks


def _queue(found: Situation) -> Findings:
    url = found.redis_url
    return queue.check(url, embedded=found.settings.redis_url is None) if url else _no_queue(found)


async def _no_queue(found: Situation) -> Findings:
    if found.kind == "dev":
        yield Finding(queue.PART, "wrong", "`interlock dev` does not run in this folder", "Start `interlock dev`.")
    else:
        hint = "Set it to the URL of a Redis or Valkey: `interlock api` and `interlock worker` need one."
        yield Finding(queue.PART, "wrong", "INTERLOCK_REDIS_URL is not set", hint)


async def _carried_out(check: _Check, each_s: float) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with asyncio.timeout(each_s), contextlib.aclosing(check.findings) as findings:
            async for finding in findings:
                found.append(finding)  # noqa: PERF401 - what came before the end of time is kept
    except TimeoutError:
        hint = "Is there a firewall between, or a server that hangs? Everything else was looked at."
        found.append(Finding(check.part, "wrong", f"there is no answer within {each_s:g} s", hint))
    except Exception as error:  # noqa: BLE001 - one part must not hide the others; a text of any fault may hold anything
        hint = "Please report this, with the version of Interlock."
        found.append(Finding(check.part, "wrong", f"this could not be looked at ({type(error).__name__})", hint))
    return found
