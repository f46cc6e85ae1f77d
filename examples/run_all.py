"""Runs every recipe, or those that are named, as an installation does: over HTTP, on an `interlock dev` of its own.

Makes a tenant, and for each recipe an action with its packages and secrets, which it deploys and binds; then it sends
the recipe's events and shows event, commands, outcome, console and cost, and what arrived at the stand-ins for what the
recipe talks to. A case that comes after another one begins with what that one sends, and then resumes its execution.
Ends with 1 when something is not as a recipe says. `make demo` calls it.

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

import httpx
from rich.console import Console
from rich.text import Text

import arrivals
from installation import Tenant, running
from interlock.executor import event_summary, notices, output, report
from interlock.executor.errors import ApiFailed
from interlock.worker.events import Accepted
from recipes import FOLDER, Case, Recipe, observed, recipes

if TYPE_CHECKING:
    from stand_ins import StandIns

RETRY_S: Final = "0.1"
"""Nobody watches a demo for the ten seconds after which an event is tried again elsewhere."""
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
                trusted = {"SSL_CERT_FILE": str(there.ca)} if there else {}
                asking = stack.enter_context(running(INTERLOCK_RETRY_S=RETRY_S, **trusted))
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
        for case in {case.trigger.id: case for case in cases}.values():
            self._install(recipe, case)
        return [self._show(recipe, case) for case in cases]

    def _install(self, recipe: Recipe, case: Case) -> None:
        trigger, steps = case.trigger.id, commands(recipe, case, self._console.width)
        with notices.when_slow("Installing and bundling packages: some seconds, and once for the same packages."):
            version = self._tenant.install(recipe, case)
        # Browsers go to the page, actions do not.
        if self._there and (talked_to := recipe.stand_ins.keys() - {"page"}):
            places = [self._there.places[name] for name in talked_to]
            self._tenant.reach(trigger, places)
            steps += [f"# and the operator lets {trigger} reach {', '.join(places)}"]
        if attempts := recipe.document.get("attempts"):
            self._tenant.tried(attempts)
            steps += [
                f"# and has background events tried {attempts} times, the second time after {RETRY_S} s or so:",
                f"# interlock tenants change demo --attempts {attempts}, INTERLOCK_RETRY_S={RETRY_S}",
            ]
        self._say("".join(f"{step}\n" for step in steps), "dim")
        if recipe.packages:
            self._say(str(version["log"]), "dim")

    def _show(self, recipe: Recipe, case: Case) -> bool:
        wanted, answer = recipe.stand_ins, self._sent(recipe, case)
        self._say(f"-- {case.name}", "bold magenta")
        if not case.changes or case.after:
            self._say(f"$ {case.command}", "dim")
        # What is as in the event before is not said again.
        event = [("changed", change) for change in case.changes] or [*event_summary.summary(case.event.event)]
        output.write(self._console, report.event(case.trigger.id, event))
        output.write(self._console, shown(answer, case, self._console.width))
        arrived = self._there.arrived(wanted) if self._there and wanted else None
        if arrived is not None:
            output.write(self._console, arrivals.report(arrived, wanted, width=self._console.width))
        told = arrived if "arrived" in case.expected else None
        seen = observed(answer, told, case.secrets.values())
        if seen == case.expected:
            return True
        self._say("This is not what the recipe says:\n" + difference(case.expected, seen), "bold red")
        return False

    def _sent(self, recipe: Recipe, case: Case) -> Mapping[str, Any]:
        """Send what a case begins with, and then its own event. Return the answer to that."""
        before = self._sent(recipe, case.after) if case.after else {}
        event = posted(case.event)
        if self._there:
            self._there.begin(recipe.stand_ins, case.answers)
            if case.visit is not None:
                address = httpx.URL(before["outcome"]["redirect"]["url"])
                url = str(address.copy_add_param("state", before["resume"]["state"]))
                query = self._there.visit(url, case.visit, case.secrets)
                event = {**event, "request": {**event["request"], "query": query}}
        return self._answer(case, before, event)

    def _answer(self, case: Case, before: Mapping[str, Any], event: Mapping[str, Any]) -> Mapping[str, Any]:
        if case.after is None:
            return self._tenant.send(case.trigger.id, event)
        if case.resends:
            return self._tenant.resend(before["execution"])
        # Of a flow that went on already, the execution that waited is asked for again.
        waited = before if before["status"] == "suspended" else before["resumed"]
        try:
            return {**self._tenant.resume(waited["execution"], event), "resumed": waited}
        except ApiFailed as refused:
            return {"refused": refused.code, "message": refused.message}

    def _say(self, text: str, style: str) -> None:
        output.write(self._console, Text(text, style))


def shown(answer: Mapping[str, Any], case: Case, width: int) -> Text:
    """Return an answer for people."""
    if "refused" in answer:
        return Text.assemble(("refused", "bold yellow"), f"  {answer['refused']}: {answer['message']}\n")
    ran = [action["name"] for action in answer["actions"]]
    # Where a flow goes on, what ran before does not run again.
    sources = [source for source in case.sources if source[0] in ran or not case.after]
    attempts = answer.get("attempts", [])
    earlier = [
        report.attempt(f"attempt {attempt['number']}, {attempt['result']}", attempt["outcome"]["result"], width=width)
        for attempt in attempts[:-1]
    ]
    text = Text("\n").join([*earlier, report.result(answer, sources, width=width)])
    if len(attempts) > 1:
        dead = ", none is left: a dead letter, which `interlock executions dead` lists" if answer["dead"] else ""
        text.append("attempts", "bold").append(f"  {len(attempts)}").append(f"{dead}\n", "dim")
    return text


def commands(recipe: Recipe, case: Case, width: int) -> list[str]:
    """Return what somebody types who installs a recipe by hand."""
    needed = [f"--dependency {package}@{version}" for package, version in recipe.packages.items()]
    lock = [f"--lock examples/{recipe.name}/{recipe.lock.name}"] if needed else []
    parts: list[list[str]] = []
    for name, path in case.actions.items():
        file = f"examples/{recipe.name}/{path.name}"
        parts += [[f"interlock actions create {name} {file}", f"--trigger {case.trigger.id}", *needed]]
        parts += [["interlock secrets set", secret, f"--action {name}"] for secret in case.secrets]
        parts += [["interlock actions deploy", name, *lock]]
    parts += [["interlock actions bind", case.trigger.id, *case.actions]]
    return [_fitting(each, width) for each in parts]


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
