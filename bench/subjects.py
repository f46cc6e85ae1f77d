"""What of ours is measured: one run in the sandbox with everything loaded, and one flow of the worker around it."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import payload

from interlock.sandbox import Image, Result, Sandbox
from interlock.sandbox.messages import JSON
from interlock.worker import Action, SandboxRunner, preludes, run_flow, triggers

TRIGGER = triggers.BUILT_IN.get("post-login")


@contextlib.contextmanager
def opened(cache: Path | None = None) -> Iterator[Sandbox]:
    """The sandbox as the product opens it: the base runtime and the worker's `api` recorder baked in."""
    with Sandbox.open(preludes=preludes(), cache=cache) as sandbox:
        yield sandbox


async def load(sandbox: Sandbox, source: str) -> Image:
    """An action's image, made as the worker makes it."""
    return await sandbox.load(source, filename="roles.js", setup=TRIGGER.setup(source))


def run_input(**more: JSON) -> bytes:
    """What the worker gives a run of its post-login handler: the event of 600 bytes, and the state of the flow."""
    event = {**payload.EVENT, "secrets": {}, **more}
    state: dict[str, JSON] = {"cache": {}, "lookups": None, "primary_user_set": False, "executed_rules": []}
    text = {"handler": TRIGGER.handlers[0], "event": event, "state": state}
    return json.dumps(text, separators=(",", ":")).encode()


def commands(result: Result) -> JSON:
    """The commands of a run that must have gone well."""
    if result.error is not None:
        raise payload.WrongAnswer(f"{result.error.code}: {result.error.message}")
    return result.output["commands"]


class Flow:
    """A flow of one action, end to end: masker, run, validation of the commands, outcome.

    `kept`: the action's image is kept between flows, as a worker that serves many events does; otherwise each flow
    loads it first, as the command line does.
    """

    def __init__(self, sandbox: Sandbox, *, kept: bool) -> None:
        self._runner = SandboxRunner(cast("Sandbox", _Kept(sandbox)) if kept else sandbox)
        self._actions = [Action("roles", payload.ACTION, "roles.js")]

    async def run(self) -> dict[str, Any]:
        """One flow; gives the outcome."""
        flow = await run_flow(TRIGGER, payload.EVENT, self._actions, self._runner)
        if flow.status != "completed":
            raise payload.WrongAnswer(f"the flow is {flow.status}: {flow.printable()}")
        return flow.outcome


class _Kept:
    """A sandbox that loads each source once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._images: dict[str, Image] = {}

    async def load(self, source: str, **how: Any) -> Image:
        image = self._images.get(source)
        if image is None:
            image = self._images[source] = await self._sandbox.load(source, **how)
        return image

    async def run(self, image: Image, input_json: bytes, **how: Any) -> Result:
        return await self._sandbox.run(image, input_json, **how)
