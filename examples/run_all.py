"""Runs every recipe, or those that are named, and shows event, commands, outcome, console and cost.

Ends with 1 when a run does not give what its recipe says. `make demo` calls it.
"""

import asyncio
import contextlib
import difflib
import json
import sys

from rich.console import Console
from rich.text import Text

from interlock.executor import composition, event_summary, notices, output, report
from interlock.worker import ActionRunner
from recipes import Case, observed, recipes


async def run_all(names: list[str]) -> int:
    console = output.console()
    with contextlib.ExitStack() as stack:
        with notices.when_slow("Preparing the engine: this happens once, and takes some seconds."):
            runner = stack.enter_context(composition.open_runner())
        results = []
        for recipe in recipes(names):
            line = "=" * len(recipe[0].title)
            output.write(console, Text(f"{recipe[0].title}\n{line}\nexamples/{recipe[0].folder}\n", "bold magenta"))
            results += [await show(console, case, runner) for case in recipe]
    good = bool(results) and all(results)
    verdict = "each as its recipe says" if good else f"{results.count(False)} NOT as the recipe says"
    output.write(console, Text(f"{len(results)} runs, {verdict}", "bold green" if good else "bold red"))
    return 0 if good else 1


async def show(console: Console, case: Case, runner: ActionRunner) -> bool:
    flow = case.flow
    result = await composition.run(flow, runner)
    printable = result.printable()
    output.write(console, Text(f"-- {case.name}", "bold magenta"))
    if not case.changes:
        output.write(console, Text(f"$ {case.command}", "dim"))
    event = [*event_summary.summary(flow.event.event), *(("changed", change) for change in case.changes)]
    output.write(console, report.event(flow.trigger.id, event))
    sources = [(action.name, action.source) for action in flow.actions]
    output.write(console, report.result(printable, sources, width=console.width))
    seen = observed(printable)
    if seen == case.expected:
        return True
    output.write(console, Text("This is not what the recipe says:\n" + difference(case.expected, seen), "bold red"))
    return False


def difference(expected: object, seen: object) -> str:
    before, after = (json.dumps(value, indent=2, sort_keys=True).splitlines() for value in (expected, seen))
    return "\n".join(difflib.unified_diff(before, after, "expected", "seen", lineterm="")) + "\n"


if __name__ == "__main__":
    sys.exit(asyncio.run(run_all(sys.argv[1:])))
