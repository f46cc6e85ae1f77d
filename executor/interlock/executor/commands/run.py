"""`interlock run`: one event through one or more actions."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from interlock.executor import (
    composition,
    event_summary,
    files,
    local_modules,
    logs,
    notices,
    operator_egress,
    output,
    projects,
    refusals,
    report,
    secret_options,
    settings,
    stack_names,
)
from interlock.executor.composition import Flow
from interlock.executor.errors import Misused
from interlock.executor.network_options import Reach
from interlock.executor.packages import languages
from interlock.worker import Action, FlowResult, events
from interlock.worker.events import Accepted
from interlock.worker.modules import required
from interlock.worker.triggers import Catalogue, Trigger


def run(
    paths: Sequence[Path],
    trigger_id: str,
    event_path: str,
    secrets: Sequence[str],
    dependencies: Sequence[str],
    *,
    modules: Sequence[str] = (),
    reach: Reach,
    catalogue: Catalogue,
    returns: Sequence[str],
    as_json: bool,
) -> int:
    """Run the actions and print the result. Return the exit status: 1 when the flow failed, else 0.

    `returns` are events of the user who comes back, each of which goes on with the suspended flow; each has a result of
    its own. `dependencies` are packages of all of them; those of a package.json beside a file are its own. `modules`
    are `NAME=FILE`, which see the same secrets. `reach` is what they may reach.

    Raises `ExecutorError` when something given cannot be used; then nothing was run, but for an event too many, which
    is found when the flow is not suspended any more.
    """
    flow = _flow(paths, refusals.trigger(trigger_id, catalogue), event_path, secrets, returns)
    named = local_modules.parse(modules)
    sources = [(action.name, action.source) for action in flow.actions]
    logs.configure("run", "warning", "text")  # what egress refuses; on standard error, as in every process
    with refusals.translated(flow.trigger):
        results = asyncio.run(_run(flow, paths, dependencies, named, reach, catalogue))
    for event, result in zip((flow.event, *flow.returns), results, strict=False):
        if as_json:
            output.write_json(result.printable())
        else:
            _print_report(flow.trigger.id, event, sources, result)
        # What goes on begins with the action that waits.
        sources = sources[result.suspended.position :] if result.suspended else sources
    status = results[-1].status
    if len(results) <= len(returns) and status != "failed":
        message = f"The flow is {status}, so there is nothing that {returns[len(results) - 1]} could go on with."
        raise Misused("not_suspended", message, "Give --continue once for each time that the flow is suspended.")
    return 1 if status == "failed" else 0


def _flow(
    paths: Sequence[Path], trigger: Trigger, event_path: str, options: Sequence[str], returns: Sequence[str]
) -> Flow:
    if returns and not trigger.suspends:
        message = f"Flows of {trigger.id} are never suspended, so none can be continued."
        raise Misused("no_resume_handler", message, "Leave --continue out.")
    secrets = secret_options.parse(options)
    actions = [Action(name, files.read_text(path), stack_names.of_file(name)) for name, path in _named(paths)]
    with refusals.translated(trigger):
        event = events.parse(files.read_event(event_path), trigger)
        continued = [events.parse(files.read_event(path), trigger, resumes=True) for path in returns]
    secret_options.check({**event.secrets, **secrets})
    return Flow(trigger, event, actions, secrets, continued)


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Each file with its own name; with its folders, too, where two files have the same one."""
    names = [path.name for path in paths]
    return [(path.name if names.count(path.name) == 1 else str(path), path) for path in paths]


async def _run(  # noqa: PLR0917 - all that a run stands on
    flow: Flow,
    paths: Sequence[Path],
    dependencies: Sequence[str],
    modules: Mapping[str, Path],
    reach: Reach,
    catalogue: Catalogue,
) -> list[FlowResult]:
    flow = await _packaged(flow, paths, dependencies, modules)
    # The notice is about opening alone: an action that takes long is the author's own affair.
    async with contextlib.AsyncExitStack() as stack:
        network = await stack.enter_async_context(
            composition.open_network(reach, operator_egress.of(settings.load()).deny)
        )
        with notices.when_slow(notices.PREPARING):
            runner = stack.enter_context(composition.open_runner(network, _module_secrets(flow), catalogue))
        return await composition.run(flow, runner)


def _module_secrets(flow: Flow) -> dict[str, dict[str, dict[str, str]]]:
    """What `--secret` gives is the tenant's, as it were: modules see it as actions do."""
    given = {**flow.event.secrets, **flow.secrets}
    return {action.name: {module.name: given for module in action.modules} for action in flow.actions}


async def _packaged(
    flow: Flow, paths: Sequence[Path], dependencies: Sequence[str], modules: Mapping[str, Path]
) -> Flow:
    needed = [projects.needs(action.source) for action in flow.actions]
    found = [
        projects.of_file(path, dependencies) if needs else projects.Project()
        for path, needs in zip(paths, needed, strict=True)
    ]
    plain = not any(project.dependencies for project in found) and not any(
        languages.must_be_bundled(action.source, languages.of_file(path.suffix))
        for path, action in zip(paths, flow.actions, strict=True)
    )
    if plain and not any(required(action.source) for action in flow.actions):
        return flow
    with notices.when_slow("Installing and bundling packages: some seconds, and once for the same packages."):
        packager = composition.packager(settings.load())
        made = await local_modules.packaged(modules, packager) if modules else {}
        return replace(flow, actions=await projects.all_packaged(flow.actions, paths, found, packager, made))


def _print_report(trigger: str, event: Accepted, sources: Sequence[tuple[str, str]], result: FlowResult) -> None:
    console = output.console()
    mask = result.masker.text
    parts = [(label, mask(text)) for label, text in event_summary.summary(event.event)]
    output.write(console, report.event(trigger, parts))
    masked = [(name, mask(source)) for name, source in sources]
    output.write(console, report.result(result.printable(), masked, width=console.width))
