"""The API, at the address and with the key that commands use."""

import asyncio
import time
from typing import Final

from interlock.executor import client
from interlock.executor.diagnosis.findings import Finding, Findings, sentence
from interlock.executor.errors import ApiFailed, ExecutorError
from interlock.executor.settings import Settings

PART: Final = "api"

_ANSWER_S: Final = 5.0


async def check(settings: Settings, *, needed: bool) -> Findings:
    """Ask whether it lives, can take events, and knows our key. `needed`: commands are used here."""
    try:
        access = client.find(settings)
    except ExecutorError as error:
        yield Finding(PART, "wrong" if needed else "warning", _says(error), sentence(error.hint))
        return
    with client.Client(access, connect_s=_ANSWER_S, answer_s=_ANSWER_S) as asking:
        try:
            began = time.monotonic()
            await asyncio.to_thread(asking.get, "health")
            yield Finding(PART, "ok", f"{access.url} answers in {(time.monotonic() - began) * 1_000:.0f} ms")
        except ApiFailed as error:
            yield Finding(PART, "wrong", _says(error), sentence(error.hint))
            return
        for path, says in (("ready", "it can take events"), ("triggers", "it knows the API key of our commands")):
            try:
                await asyncio.to_thread(asking.get, path)
                yield Finding(PART, "ok", says)
            except ApiFailed as error:
                yield Finding(PART, "wrong", _says(error), sentence(error.hint))


def _says(error: ExecutorError) -> str:
    return error.message.rstrip(".")
