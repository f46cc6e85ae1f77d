"""Runs a case as a customer's deploy and login would: bundled by the builder, loaded into an image, run with a network.

async with compat_runs.opened(stage) as runs:
    report = await runs.report(case)
"""

import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from compat_cases import FOLDER, Case
from interlock.executor import composition, network_options
from interlock.executor.errors import BuildRefused
from interlock.executor.packages import limits
from interlock.executor.packages.bundling import ENTRY, Bundler
from interlock.sandbox import Limits, LoadFailed, Sandbox
from interlock.worker import (
    Action,
    FlowResult,
    SandboxRunner,
    events,
    prelude,
    run_flow,
    simulated_event,
    source_maps,
    triggers,
)
from interlock.worker.events import Accepted
from interlock.worker.images import ImageCache
from interlock.worker.ports import Release, ReplayOrder
from interlock.worker.recordings import Recording, recording
from interlock.worker.replaying import ReplayRunner
from stage import Stage

ESBUILD: Final = FOLDER.parents[1] / "node_modules" / "@esbuild"
WARM: Final = 5
"""Runs of which the table has the median."""


_PLAIN: Final = """exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://example.com/tier', event.user.app_metadata.tier);
};"""


@dataclass(frozen=True)
class Report:
    """How it went. `wrong` is what is not as it must be, in a line; None: it works."""

    wrong: str | None
    bundle_bytes: int = 0
    build_ms: float = 0.0
    load_ms: float = 0.0
    """Compiling and evaluating the bundle into an image, once a process."""
    run_ms: float = 0.0
    """CPU time of a run, the median of some that were not the first."""
    operations: int = 0
    memory_bytes: int = 0


class Runs:
    """One sandbox with the network of a stage. Made by `opened`."""

    def __init__(
        self, stage: Stage, sandbox: Sandbox, images: ImageCache, runner: SandboxRunner, bundler: Bundler
    ) -> None:
        self._stage, self._sandbox, self._images = stage, sandbox, images
        self._runner, self._bundler = runner, bundler

    async def bundled(self, case: Case) -> Action:
        """Return the action with its packages. Raises BuildRefused."""
        with tempfile.TemporaryDirectory() as name:
            code = case.source.read_text("utf-8")
            script = await self._bundler.bundle(Path(name), code, "javascript", FOLDER)
        most = self._bundler.limits.map_segments
        table = source_maps.compact(script.source_map, entry=ENTRY["javascript"], most_segments=most)
        return Action(case.name, script.code, f"{case.name}.js", source_map=table)

    async def once(self, case: Case, action: Action) -> tuple[FlowResult, str | None]:
        """Run it on its trigger's event, with servers that forgot everything; say what is wrong, if anything."""
        self._stage.reset()
        trigger = triggers.BUILT_IN.get(case.trigger)
        event = events.parse(json.dumps(simulated_event(trigger)), trigger)
        secrets = case.secrets(self._stage)
        result = await run_flow(trigger, event.event, [action], self._runner, secrets=secrets, lookups=event.lookups)
        (ran,) = result.actions
        if ran.error is not None:
            said = "; ".join(line.message for line in ran.logs)
            return result, f"{ran.error.code}: {ran.error.message}\n{ran.error.stack}\n{said}"
        commands = [{"method": each.method, "args": list(each.args)} for each in ran.commands]
        wrong = case.disagreement(commands, [asdict(line) for line in ran.logs], self._stage.received())
        return result, wrong or await self._replayed(case, action, event, secrets, result)

    async def _replayed(
        self, case: Case, action: Action, event: Accepted, secrets: Mapping[str, str], result: FlowResult
    ) -> str | None:
        """Run it again with nothing but what it was given; say what differs, if anything."""
        (ran,) = result.actions
        packed = recording(self._sandbox.base.key, 20_000, [(ran.name, ran.recorded)]).pack(result.masker)
        unpacked = Recording.unpack(packed)
        if not unpacked.whole:
            return None if len(packed) > 1_000 else "its recording was cut off"
        order = ReplayOrder("e", "r", case.trigger, event.event, event.lookups, unpacked, {}, {})
        release = Release("r", "t", case.trigger, "", 1, (action,))
        again = ReplayRunner(self._sandbox, self._images, release, order, {}, [action.name])
        trigger = triggers.BUILT_IN.get(case.trigger)
        other = await run_flow(trigger, event.event, [action], again, secrets=secrets, lookups=event.lookups)
        (run,) = other.actions
        same = (run.commands, run.logs, run.error) == (ran.commands, ran.logs, ran.error)
        notes = again.notes[action.name]
        return None if same and not notes else f"a replay differs: {run.error or notes or run.logs}"

    async def plain_ms(self) -> float:
        """Return the CPU time of a run that requires nothing, in milliseconds."""
        trigger = triggers.BUILT_IN.get("post-login")
        event = events.parse(json.dumps(simulated_event(trigger)), trigger)
        action = Action("plain", _PLAIN, "plain.js")
        results = [await run_flow(trigger, event.event, [action], self._runner) for _ in range(WARM + 1)]
        return statistics.median(result.actions[0].usage.cpu_us for result in results[1:]) / 1_000

    async def report(self, case: Case, *, warm: int = 0) -> Report:
        """Build, load and run it, and `warm` times more for the figures."""
        began = time.monotonic()
        try:
            action = await self.bundled(case)
        except BuildRefused as refused:
            return Report(f"{refused.code}: {refused.message}")
        built = time.monotonic()
        try:
            await self._images.get(action, triggers.BUILT_IN.get(case.trigger), Limits(input_bytes=8 << 20))
        except LoadFailed as failed:
            return Report(f"{failed.code}: {failed}", len(action.source.encode()), (built - began) * 1_000)
        loaded = time.monotonic()
        result, wrong = await self.once(case, action)
        costs = [result.actions[0].usage.cpu_us]
        for count in range(warm if wrong is None else 0):
            result, wrong = await self.once(case, action)
            costs = [result.actions[0].usage.cpu_us, *(costs if count else ())]
            if wrong is not None:
                break
        return Report(
            wrong,
            len(action.source.encode()),
            (built - began) * 1_000,
            (loaded - built) * 1_000,
            statistics.median(costs) / 1_000,
            result.actions[0].usage.host_operations,
            result.actions[0].usage.memory_bytes,
        )


@contextlib.asynccontextmanager
async def opened(stage: Stage) -> AsyncIterator[Runs]:
    """Open the sandbox, and a network in which the stage's names lead to it."""
    pins = [f"{pin}:127.0.0.1:{port}" for pin, port in stage.pins.items()]
    # A client that looks a name up by itself connects to the address it found.
    opened = [f"127.0.0.1:{port}" for port in stage.pins.values()]
    reach = network_options.parse(opened, pins, [stage.ca])
    program = next(ESBUILD.glob("*/bin/esbuild"))
    async with contextlib.AsyncExitStack() as stack:
        network = await stack.enter_async_context(composition.open_network(reach))
        sandbox = stack.enter_context(Sandbox.open(preludes=prelude.preludes()))
        images = await stack.enter_async_context(ImageCache.open(sandbox))
        runner = SandboxRunner(sandbox, images=images, network=network, recording=True)
        yield Runs(stage, sandbox, images, runner, Bundler(program, limits.DEFAULT))
