"""Runs every recipe, or those that are named, as an installation does: over HTTP, on an `interlock dev` of its own.

Makes a tenant, and for each recipe an action with its packages and secrets, which it deploys and binds; then it sends
the recipe's events and shows event, commands, outcome, console and cost, and what arrived at the stand-ins for what the
recipe talks to. A case that goes on after a redirect sends the first event, and then resumes its execution. Ends with 1
when something is not as a recipe says. `make demo` calls it.

    python examples/run_all.py [--folder FOLDER] [RECIPE ...]
"""

import argparse
import contextlib
import difflib
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

import arrivals
from installation import Tenant, running
from interlock.executor import event_summary, notices, output, report
from interlock.worker.events import Accepted
from recipes import FOLDER, Case, Recipe, observed, recipes

if TYPE_CHECKING:
    from stand_ins import StandIns

_SERVERS: Final = ("tests/support", "tests/compat/servers")
"""Where the stand-ins are from: what tests talk to."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make demo", description="Run recipes on an `interlock dev` of its own.")
    parser.add_argument("names", nargs="*", metavar="RECIPE", help="those to run; all of them when none is named")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where recipes are; by default beside this file")
    options = parser.parse_args(arguments)
    return run_all(recipes(options.names, options.folder))


def run_all(found: list[Recipe]) -> int:
    console = output.console()
    results: list[bool] = []
    with contextlib.ExitStack() as stack:
        if found:
            with notices.when_slow("Starting API, workers, queue and stand-ins: some seconds, longer the first time."):
                there = stack.enter_context(stand_ins({name for recipe in found for name in recipe.stand_ins}))
                # The demo's own authority is what its workers trust.
                asking = stack.enter_context(running(**({"SSL_CERT_FILE": str(there.ca)} if there else {})))
            demo = Demo(console, Tenant(asking), there)
        for recipe in found:
            results += demo.run(recipe)
    good = bool(results) and all(results)
    verdict = "each as its recipe says" if good else f"{results.count(False)} NOT as the recipe says"
    output.write(console, Text(f"{len(results)} runs, {verdict}", "bold green" if good else "bold red"))
    return 0 if good else 1


@contextlib.contextmanager
def stand_ins(wanted: set[str]) -> "Iterator[StandIns | None]":
    """Start the stand-ins that are wanted, if any is."""
    if not wanted:
        yield None
        return
    sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in _SERVERS]
    from stand_ins import opened  # noqa: PLC0415 - it is made of the tests' servers, which nothing else here needs

    with tempfile.TemporaryDirectory(prefix="interlock-demo-") as name, opened(Path(name), wanted) as there:
        yield there


class Demo:
    """Runs recipes one after the other, and shows them."""

    def __init__(self, console: Console, tenant: Tenant, there: "StandIns | None") -> None:
        self._console, self._tenant, self._there = console, tenant, there

    def run(self, recipe: Recipe) -> list[bool]:
        """Install a recipe and run its cases. Return of each whether it came out as the recipe says."""
        self._say(f"{recipe.title}\n{'=' * len(recipe.title)}\nexamples/{recipe.name}\n", "bold magenta")
        cases = recipe.cases(self._there.values if self._there else {})
        if self._there:
            self._there.prepare(recipe.folder)
        for case in {case.action: case for case in cases}.values():
            self._install(recipe, case)
        return [self._show(recipe, case) for case in cases]

    def _install(self, recipe: Recipe, case: Case) -> None:
        trigger, steps = case.flow.trigger.id, commands(recipe, case, self._console.width)
        with notices.when_slow("Installing and bundling packages: some seconds, and once for the same packages."):
            version = self._tenant.install(recipe, case)
        if self._there and recipe.stand_ins:
            places = [self._there.places[name] for name in recipe.stand_ins]
            self._tenant.reach(trigger, places)
            steps += [f"# and the operator lets {trigger} reach {', '.join(places)}"]
        self._say("".join(f"{step}\n" for step in steps), "dim")
        if recipe.packages:
            self._say(str(version["log"]), "dim")

    def _show(self, recipe: Recipe, case: Case) -> bool:
        flow, wanted = case.flow, recipe.stand_ins
        if self._there:
            self._there.begin(wanted, case.answers)
        printable = self._sent(case)
        self._say(f"-- {case.name}", "bold magenta")
        if not case.changes:
            self._say(f"$ {case.command}", "dim")
        # What is as in the event before is not said again.
        event = [("changed", change) for change in case.changes] or [*event_summary.summary(flow.event.event)]
        output.write(self._console, report.event(flow.trigger.id, event))
        sources = [(str(action["name"]), flow.actions[0].source) for action in printable["actions"]]
        output.write(self._console, report.result(printable, sources, width=self._console.width))
        seen = observed(printable)
        if self._there and wanted:
            arrived = self._there.arrived(wanted)
            output.write(self._console, arrivals.report(arrived, wanted, width=self._console.width))
            if "arrived" in case.expected:
                seen["arrived"] = arrived
        if seen == case.expected:
            return True
        self._say("This is not what the recipe says:\n" + difference(case.expected, seen), "bold red")
        return False

    def _sent(self, case: Case) -> Mapping[str, Any]:
        answer = self._tenant.send(case.flow.trigger.id, posted(case.flow.event))
        for back in case.flow.returns:
            answer = self._tenant.resume(answer["execution"], posted(back))
        return answer

    def _say(self, text: str, style: str) -> None:
        output.write(self._console, Text(text, style))


def commands(recipe: Recipe, case: Case, width: int) -> list[str]:
    """Return what somebody types who installs a recipe by hand."""
    name, trigger, folder = case.action, case.flow.trigger.id, f"examples/{recipe.name}"
    needed = [f"--dependency {package}@{version}" for package, version in recipe.packages.items()]
    create = [f"interlock actions create {name} {folder}/{recipe.action.name}", f"--trigger {trigger}", *needed]
    deploy = ["interlock actions deploy", name, *([f"--lock {folder}/{recipe.lock.name}"] if needed else ())]
    secrets = [["interlock secrets set", secret, f"--action {name}"] for secret in case.flow.secrets]
    bind = ["interlock actions bind", trigger, name]
    return [_fitting(parts, width) for parts in (create, *secrets, deploy, bind)]


def _fitting(parts: list[str], width: int) -> str:
    line = f"$ {' '.join(parts)}"
    return line if len(line) <= width else "$ " + " \\\n    ".join(parts)


def posted(accepted: Accepted) -> Mapping[str, Any]:
    return {**accepted.event, **({} if accepted.lookups is None else {"lookups": accepted.lookups})}


def difference(expected: object, seen: object) -> str:
    before, after = (
        json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines() for value in (expected, seen)
    )
    return "\n".join(difflib.unified_diff(before, after, "expected", "seen", lineterm="")) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
