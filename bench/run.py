"""The benchmark: what a run costs, beside the least that could be done and beside other ways to run JavaScript.

    python bench/run.py [--quick] [--write] [--json FILE]

Prints a table. `--quick` takes few runs and no peers: it shows that the benchmark works, and its figures mean little.
`--write` puts the results into docs/BENCHMARKS.md. The raw figures go to `.bench/results.json`, or to FILE.
"""

import argparse
import asyncio
import dataclasses
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import machine
import memory
import operators
import page
import payload
import subjects
import timing
from peers.catalogue import PEERS
from peers.environments import KEPT
from peers.measure import Measured, measure
from spike.bare import Spike
from spike.build import build

from interlock.sandbox import Image, Sandbox

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parent / "docs" / "BENCHMARKS.md"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    runs: int
    flows: int
    warm_up: int
    peers: bool
    new_machine: bool
    """Whether deploys are measured on one as well: the registry is asked, as for the peers' environments."""
    opened: int
    others: int
    waiting: int
    wait_ms: int
    path: tuple[int, int, int]
    """Rounds of the whole path, events one by one and events at once in each."""
    lengths: tuple[int, int]
    """Rounds of flows of several lengths, and events in each."""
    deploys: int
    """Of each kind of action, after the first."""
    starts: int
    """Deploys of which it is measured how soon their handler has begun."""
    slow: tuple[int, int]
    """Executions that wait for a slow server, and for how many milliseconds they are watched."""


FULL: Final = Plan(
    rounds=5,
    runs=3_000,
    flows=300,
    warm_up=200,
    peers=True,
    new_machine=True,
    opened=3,
    others=100,
    waiting=1_000,
    wait_ms=5_000,
    path=(5, 500, 3_000),
    lengths=(3, 80),
    deploys=20,
    starts=10,
    slow=(1_000, 3_000),
)
QUICK: Final = Plan(
    rounds=2,
    runs=50,
    flows=20,
    warm_up=5,
    peers=False,
    new_machine=False,
    opened=1,
    others=20,
    waiting=80,
    wait_ms=1_500,
    path=(1, 20, 50),
    lengths=(1, 4),
    deploys=1,
    starts=1,
    slow=(80, 300),
)


def main(arguments: list[str]) -> int:
    """Measures, prints, and writes what was asked for. Returns an exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure what a run costs.")
    parser.add_argument("--quick", action="store_true", help="few runs and no peers: does it work at all?")
    parser.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md")
    parser.add_argument("--json", type=Path, default=KEPT / "results.json", metavar="FILE", help="the raw figures")
    options = parser.parse_args(arguments)
    if options.quick and options.write:
        parser.error("--quick figures are no results: leave out one of --quick and --write")
    results = asyncio.run(_measure(QUICK if options.quick else FULL))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=1) + "\n")
    print(page.table(results))
    if options.write:
        PAGE.write_text(page.page(results))
        print(f"bench: wrote {PAGE.relative_to(HERE.parent)}")
    return 0


async def _measure(plan: Plan) -> dict[str, Any]:
    results: dict[str, Any] = {"machine": machine.describe(), "plan": dataclasses.asdict(plan)}
    compiled = build()
    with subjects.opened():
        pass  # bakes, when nothing is cached: what follows measures a process that finds the cache filled
    results["footprint"] = _median([_child("footprint.py") for _ in range(plan.opened)])
    results["waiting"] = _child("waiting.py", str(plan.waiting), str(plan.wait_ms))
    results["path"] = _child("whole_path/measure.py", *map(str, plan.path))
    results["deploys"] = _child("deploys.py", str(plan.deploys), *(["--new"] if plan.new_machine else []))
    results["flows"] = _child("whole_path/flows.py", *map(str, plan.lengths))
    results["starting"] = _child("starting.py", str(plan.starts))
    results["slow"] = _child("whole_path/waiting.py", *map(str, plan.slow))
    results["opening"] = _as_rows(operators.opening(baked=plan.opened, cached=plan.opened * 5))
    rounds: dict[str, list[timing.Round]] = {}
    peers: dict[str, list[tuple[timing.Round, Measured | str]]] = {peer.name: [] for peer in PEERS}
    spike = Spike(compiled, payload.SCRIPT)
    with subjects.opened() as sandbox:
        bench = await _Bench.prepare(sandbox, spike)
        results |= await bench.sizes(plan)
        for number in range(plan.rounds):
            print(f"bench: round {number + 1} of {plan.rounds}", flush=True)
            for name, one in (await bench.round(plan)).items():
                rounds.setdefault(name, []).append(one)
            if plan.peers:
                for peer in PEERS:
                    # Ours again, right before: a machine that others use changes from one second to the next.
                    own = await bench.own(runs=1_000, warm_up=100)
                    peers[peer.name].append((own, measure(peer, runs=peer.runs, warm_up=20)))
        results["load"] = dataclasses.asdict(await operators.loading(sandbox, runs=plan.flows))
        results["beside"] = _as_rows(await operators.beside_a_busy_action(sandbox, others=plan.others))
    results["rounds"] = {name: [dataclasses.asdict(one) for one in measured] for name, measured in rounds.items()}
    results["peers"] = {name: _peer(measured) for name, measured in peers.items() if plan.peers}
    return results


@dataclass(frozen=True, slots=True)
class _Bench:
    """What is opened once and measured in every round."""

    sandbox: Sandbox
    spike: Spike
    image: Image
    console_image: Image

    @classmethod
    async def prepare(cls, sandbox: Sandbox, spike: Spike) -> "_Bench":
        image = await subjects.load(sandbox, payload.ACTION)
        console_image = await subjects.load(sandbox, payload.CONSOLE_ACTION)
        bench = cls(sandbox, spike, image, console_image)
        payload.check("the spike", json.loads(spike.run(payload.EVENT_JSON.encode()))["commands"])
        payload.check("Interlock", subjects.commands(await sandbox.run(image, subjects.run_input())))
        logged = await sandbox.run(console_image, subjects.run_input())
        payload.check("Interlock with console.log", subjects.commands(logged))
        if len(logged.logs) != 1 or "mary@example.com" not in logged.logs[0].message:
            raise payload.WrongAnswer("console.log of an object did not arrive")
        return bench

    async def round(self, plan: Plan) -> dict[str, timing.Round]:
        """One round: each of the two alone, the two in turns, then what is built on them."""
        event, input_json = payload.EVENT_JSON.encode(), subjects.run_input()
        sandbox, image, spike = self.sandbox, self.image, self.spike
        kept, loading = subjects.Flow(sandbox, kept=True), subjects.Flow(sandbox, kept=False)
        recorded = subjects.Flow(sandbox, kept=True, recorded=True)
        asking = {
            name: subjects.Flow(
                sandbox, kept=True, recorded=name == "asking_recorded", source=payload.ASKING_ACTION
            ).run
            for name in ("asking", "asking_recorded")
        }

        async def bare() -> object:
            return spike.run(event)

        async def interlock() -> object:
            return await sandbox.run(image, input_json)

        async def console() -> object:
            return await sandbox.run(self.console_image, input_json)

        # The sandbox's ticker thread rests half a second after the last run: the spike alone has none beside it.
        await asyncio.sleep(0.6)
        alone = await timing.alternate({"spike_alone": bare}, runs=plan.runs, warm_up=plan.warm_up)
        alone |= await timing.alternate({"interlock_alone": interlock}, runs=plan.runs, warm_up=plan.warm_up)
        pair = await timing.alternate({"spike": bare, "interlock": interlock}, runs=plan.runs, warm_up=plan.warm_up)
        # A load writes and grows much more than a run, and what comes after it pays: it gets turns of its own.
        flows = {"console": console, "flow_kept": kept.run, "flow_recorded": recorded.run, **asking}
        around = await timing.alternate(flows, runs=plan.flows, warm_up=20)
        around |= await timing.alternate({"flow_loading": loading.run}, runs=plan.flows, warm_up=5)
        return alone | pair | around

    async def own(self, *, runs: int, warm_up: int) -> timing.Round:
        """Our run alone."""
        input_json = subjects.run_input()

        async def interlock() -> object:
            return await self.sandbox.run(self.image, input_json)

        return (await timing.alternate({"interlock": interlock}, runs=runs, warm_up=warm_up))["interlock"]

    async def sizes(self, plan: Plan) -> dict[str, Any]:
        """Pages and faults."""
        input_json = subjects.run_input()

        async def interlock() -> object:
            return await self.sandbox.run(self.image, input_json)

        return {
            "touched": dataclasses.asdict(await memory.touched(self.sandbox, self.image, input_json)),
            "faults_a_run": await memory.faults(interlock, runs=plan.runs),
            "spike_image": {"bytes": self.spike.image_bytes, "restored_pages": self.spike.changed_pages},
        }


def _child(script: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _median(processes: list[dict[str, Any]]) -> dict[str, Any]:
    """The process that was neither the fastest nor the slowest."""
    return sorted(processes, key=lambda one: float(one["first_answer_ms"]))[len(processes) // 2]


def _as_rows(rounds: dict[str, timing.Round]) -> dict[str, Any]:
    return {name: dataclasses.asdict(one) for name, one in rounds.items()}


def _peer(measured: list[tuple[timing.Round, Measured | str]]) -> dict[str, Any]:
    """A peer's rounds and ours beside them, or the reason it has none."""
    for _, one in measured:
        if isinstance(one, str):
            return {"missing": one}
    rounds = [dataclasses.asdict(one) for _, one in measured if isinstance(one, Measured)]
    return {
        "own_rounds": [dataclasses.asdict(own) for own, _ in measured],
        "version": rounds[-1]["version"],
        "rounds": [one["round"] for one in rounds],
        "rss_bytes": max(one["rss_bytes"] for one in rounds),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
