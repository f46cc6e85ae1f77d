"""`interlock run`: one event through one or more actions."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from interlock.executor import (
    composition,
    event_summary,
    files,
    logs,
    notices,
    output,
    refusals,
    report,
    secret_options,
    stack_names,
)
from interlock.executor.composition import Flow
from interlock.executor.errors import Misused
from interlock.executor.network_options import Reach
from interlock.worker import Action, FlowResult, events


def run(
    paths: Sequence[Path],
    trigger_id: str,
    event_path: str,
    secrets: Sequence[str],
    reach: Reach,
    *,
    resumed: bool,
    as_json: bool,
) -> int:
    """Run the actions and print the result. Return the exit status: 1 when the flow failed, else 0.

    `reach` is what they may reach. Raises `ExecutorError` when something given cannot be used; then nothing was run.
    """
    flow = _flow(paths, trigger_id, event_path, secrets, resumed=resumed)
    logs.configure("run", "warning", "text")  # what egress refuses; on standard error, as in every process
    with refusals.translated(flow.trigger):
        result = asyncio.run(_run(flow, reach))
    if as_json:
        output.write_json(result.printable())
    else:
        _print_report(flow, result)
    return 1 if result.status == "failed" else 0


def _flow(paths: Sequence[Path], trigger_id: str, event_path: str, options: Sequence[str], *, resumed: bool) -> Flow:
    trigger = refusals.trigger(trigger_id)
    if resumed and len(trigger.handlers) == 1:
        message = f"Actions of {trigger.id} cannot be continued: the trigger has no handler for it."
        raise Misused("no_resume_handler", message, "Leave --continue out.")
    secrets = secret_options.parse(options)
    actions = [Action(name, files.read_text(path), stack_names.of_file(name)) for name, path in _named(paths)]
    with refusals.translated(trigger):
        event = events.parse(files.read_event(event_path), trigger)
    secret_options.check({**event.secrets, **secrets})
    return Flow(trigger, event, actions, secrets, resumed)


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Each file with its own name; with its folders, too, where two files have the same one."""
    names = [path.name for path in paths]
    return [(path.name if names.count(path.name) == 1 else str(path), path) for path in paths]


async def _run(flow: Flow, reach: Reach) -> FlowResult:
    # The notice is about opening alone: an action that takes long is the author's own affair.
    async with contextlib.AsyncExitStack() as stack:
        network = await stack.enter_async_context(composition.open_network(reach))
        with notices.when_slow("Preparing the engine: some seconds, and only once if its cache can be written."):
            runner = stack.enter_context(composition.open_runner(network))
        return await composition.run(flow, runner)


def _print_report(flow: Flow, result: FlowResult) -> None:
    console = output.console()
    mask = result.masker.text
    parts = [(label, mask(text)) for label, text in event_summary.summary(flow.event.event)]
    output.write(console, report.event(flow.trigger.id, parts))
    sources = [(action.name, mask(action.source)) for action in flow.actions]
    output.write(console, report.result(result.printable(), sources, width=console.width))
