"""Runs every recipe, or those that are named, as an installation does: over HTTP, on an `interlock dev` of its own.

Makes a tenant, and for each recipe an action with its secrets, which it deploys and binds; then it sends the recipe's
events and shows event, commands, outcome, console and cost. A case that goes on after a redirect sends the first event,
and then resumes its execution. Ends with 1 when something is not as a recipe says. `make demo` calls it.
"""

import contextlib
import difflib
import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from installation import Tenant, running
from interlock.executor import event_summary, notices, output, report
from interlock.worker.events import Accepted
from recipes import Case, observed, recipes


def run_all(names: list[str]) -> int:
    console = output.console()
    found = list(recipes(names))
    results: list[bool] = []
    with contextlib.ExitStack() as stack:
        if found:
            with notices.when_slow("Starting API, workers and queue: some seconds, longer the first time."):
                asking = stack.enter_context(running())
            tenant = Tenant(asking)
        for recipe in found:
            line = "=" * len(recipe[0].title)
            output.write(console, Text(f"{recipe[0].title}\n{line}\nexamples/{recipe[0].folder}\n", "bold magenta"))
            install(console, tenant, recipe)
            results += [show(console, case, tenant) for case in recipe]
    good = bool(results) and all(results)
    verdict = "each as its recipe says" if good else f"{results.count(False)} NOT as the recipe says"
    output.write(console, Text(f"{len(results)} runs, {verdict}", "bold green" if good else "bold red"))
    return 0 if good else 1


def install(console: Console, tenant: Tenant, recipe: list[Case]) -> None:
    for case in {case.action: case for case in recipe}.values():
        name, trigger, place = case.action, case.flow.trigger.id, f"examples/{case.folder}/action.js"
        steps = [f"$ interlock actions create {name} {place} --trigger {trigger}"]
        steps += [f"$ interlock secrets set {secret} --action {name}" for secret in case.flow.secrets]
        steps += [f"$ interlock actions deploy {name}", f"$ interlock actions bind {trigger} {name}"]
        output.write(console, Text("".join(f"{step}\n" for step in steps), "dim"))
        tenant.install(name, trigger, case.flow.actions[0].source, case.flow.secrets)


def show(console: Console, case: Case, tenant: Tenant) -> bool:
    flow = case.flow
    printable = continued(case, tenant) if flow.returns else sent(case, tenant)
    output.write(console, Text(f"-- {case.name}", "bold magenta"))
    if not case.changes:
        output.write(console, Text(f"$ {case.command}", "dim"))
    event = [*event_summary.summary(flow.event.event), *(("changed", change) for change in case.changes)]
    output.write(console, report.event(flow.trigger.id, event))
    sources = [(str(action["name"]), flow.actions[0].source) for action in printable["actions"]]
    output.write(console, report.result(printable, sources, width=console.width))
    seen = observed(printable)
    if seen == case.expected:
        return True
    output.write(console, Text("This is not what the recipe says:\n" + difference(case.expected, seen), "bold red"))
    return False


def sent(case: Case, tenant: Tenant) -> Mapping[str, Any]:
    return tenant.send(case.flow.trigger.id, posted(case.flow.event))


def continued(case: Case, tenant: Tenant) -> Mapping[str, Any]:
    answer = sent(case, tenant)
    for back in case.flow.returns:
        answer = tenant.resume(answer["execution"], posted(back))
    return answer


def posted(accepted: Accepted) -> Mapping[str, Any]:
    return {**accepted.event, **({} if accepted.lookups is None else {"lookups": accepted.lookups})}


def difference(expected: object, seen: object) -> str:
    before, after = (json.dumps(value, indent=2, sort_keys=True).splitlines() for value in (expected, seen))
    return "\n".join(difflib.unified_diff(before, after, "expected", "seen", lineterm="")) + "\n"


if __name__ == "__main__":
    sys.exit(run_all(sys.argv[1:]))
