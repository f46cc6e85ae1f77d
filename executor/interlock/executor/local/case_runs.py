"""Running cases: each through the actions that it names, in the real sandbox, with the network that it records."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from interlock.executor import composition, local_modules, projects, stack_names
from interlock.executor.composition import Flow
from interlock.executor.errors import BuildRefused, Misused
from interlock.executor.local.answers import CaseNetwork
from interlock.executor.local.case_files import Case, Expected
from interlock.executor.local.matching import Difference, differences, in_order
from interlock.executor.packages import Packager, dependencies, languages
from interlock.executor.release_files import ReleaseFile
from interlock.worker import Action, FlowResult, events
from interlock.worker.errors import EventRejected, WorkerError
from interlock.worker.modules import required
from interlock.worker.triggers import Catalogue, Trigger


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case went. `problems` are what kept it from being compared, `differences` what was not as expected."""

    case: Case
    took_ms: float
    differences: tuple[Difference, ...] = ()
    problems: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    actions: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """What the actions did, as `interlock run --json` has it, of all legs."""

    @property
    def passed(self) -> bool:
        """Whether all of it was as expected."""
        return not (self.differences or self.problems or self.unanswered)


@dataclass(frozen=True, slots=True)
class Project:
    """What cases run: actions and modules by their names as they are bundled, triggers by what is bound to them.

    `sources` are the codes as their authors wrote them, by the names of actions in stacks.
    """

    release: ReleaseFile
    actions: Mapping[str, Action]
    refused: Mapping[str, BuildRefused]
    sources: Mapping[str, str] = field(repr=False)

    def chosen(self, case: Case, catalogue: Catalogue) -> tuple[Trigger, list[str]]:
        """Return the trigger of a case and the names of its actions. Raises Misused."""
        bound = {each["trigger"]: [one["action"] for one in each.get("actions", ())] for each in _triggers(self)}
        of = {each["name"]: each.get("trigger") for each in self.release.body["actions"]}
        names = list(case.actions or ())
        trigger = case.trigger or next((of[name] for name in names if of.get(name)), None)
        if trigger is None:
            raise Misused("cases_invalid", f"{case.place}: it says neither a trigger nor actions that have one.", _HINT)
        names = names or bound.get(trigger, [])
        unknown = [name for name in names if name not in of]
        if unknown or not names:
            what = f"there is no action {unknown[0]!r} in it" if unknown else f"it binds no action to {trigger}"
            raise Misused("cases_invalid", f"{case.place}: {self.release.path}: {what}.", _HINT)
        try:
            return catalogue.get(trigger), names
        except WorkerError as error:
            raise Misused("cases_invalid", f"{case.place}: {error.message}") from None

    def limits(self, trigger: Trigger) -> Mapping[str, int]:
        """Return the limits that the trigger has in this project."""
        found = (each.get("limits", {}) for each in _triggers(self) if each["trigger"] == trigger.id)
        return next(found, {})


_HINT = "docs/DEVELOPING.md shows how cases are written."


def _triggers(project: Project) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = project.release.body["triggers"]
    return found


async def build(release: ReleaseFile, wanted: Callable[[], Packager]) -> Project:
    """Bundle what has to be bundled. `wanted` opens what does it. What cannot be built is kept as the reason why."""
    here = release.path.parent
    codes = {(kind, name): path_and_text for (kind, name), path_and_text in release.code.items()}
    plain = {name: _action(here, name, *code) for (kind, name), code in codes.items() if kind == "actions"}
    named = {each["name"]: each for each in release.body["actions"]}
    paths = {name: codes["actions", name][0] for name in plain}
    must = [
        name
        for name, action in plain.items()
        if named[name]["dependencies"]
        or required(action.source)
        or languages.must_be_bundled(action.source, languages.of_file(paths[name].suffix))
    ]
    made, refused = dict(plain), dict[str, BuildRefused]()
    if must:
        packager = wanted()
        modules = {name: path for (kind, name), (path, _) in codes.items() if kind == "modules"}
        bundled = await local_modules.packaged(modules, packager) if modules else {}

        async def one(name: str) -> None:
            project = _needs(paths[name], named[name])
            try:
                made[name] = await projects.packaged(plain[name], paths[name], project, packager, bundled)
            except BuildRefused as error:
                refused[name] = error

        await asyncio.gather(*map(one, must))
    return Project(release, made, refused, {action.filename: action.source for action in plain.values()})


def _action(here: Path, name: str, path: Path, text: str) -> Action:
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return Action(name, text, stack_names.of_file(str(shown)))


def _needs(path: Path, named: Mapping[str, Any]) -> projects.Project:
    found = projects.of_file(path, [])
    wanted = tuple(sorted(dependencies.read(named["dependencies"])))
    return found if wanted == tuple(sorted(found.dependencies)) else projects.Project(wanted)


async def run(
    project: Project, cases: Sequence[Case], catalogue: Catalogue, runners: composition.Runners
) -> list[Verdict]:
    """Run cases one after the other and return how each went. Raises Misused for one that cannot be meant."""
    chosen = [project.chosen(case, catalogue) for case in cases]
    return [
        await _verdict(project, case, trigger, names, runners)
        for case, (trigger, names) in zip(cases, chosen, strict=True)
    ]


async def _verdict(
    project: Project, case: Case, trigger: Trigger, names: Sequence[str], runners: composition.Runners
) -> Verdict:
    began = time.perf_counter()

    def ended(**found: Any) -> Verdict:
        return Verdict(case, (time.perf_counter() - began) * 1_000, **found)

    broken = [project.refused[name] for name in names if name in project.refused]
    if broken:
        return ended(problems=tuple(f"error[{one.code}]: {one.message}" for one in broken))
    if len(case.legs) > 1 and not trigger.suspends:
        return ended(problems=(f"Flows of {trigger.id} are never suspended, so none can be continued.",))
    network = CaseNetwork(case.answers)
    try:
        first, *others = [
            events.accept(dict(leg.event), trigger, resumes=number > 0) for number, leg in enumerate(case.legs)
        ]
        actions = [project.actions[name] for name in names]
        secrets = {**first.secrets, **case.secrets}
        given = {action.name: {module.name: secrets for module in action.modules} for action in actions}
        runner = runners(network, given, project.limits(trigger))
        results = await composition.run(Flow(trigger, first, actions, secrets, others), runner)
    except EventRejected as rejected:
        listed = [f"  {problem.path}: {problem.message}" for problem in rejected.problems]
        return ended(problems=("\n".join([rejected.message, *listed]),))
    except WorkerError as error:
        return ended(problems=(error.message,))
    requests = [results[-1].masker.json(each) for each in network.requests]
    masked = [results[-1].masker.text(each) for each in network.unanswered]
    printed = [result.printable() for result in results]
    return ended(
        differences=tuple(_compared(case, results, printed, requests)),
        unanswered=tuple(dict.fromkeys(masked)),
        actions=tuple(action for one in printed for action in _ran(one)),
    )


def _compared(
    case: Case, results: Sequence[FlowResult], printed: Sequence[Mapping[str, Any]], requests: list[JsonValue]
) -> Iterator[Difference]:
    for number, leg in enumerate(case.legs):
        before = f"continue[{number - 1}]." if number else ""
        if number >= len(results):
            yield Difference(
                f"{before}status",
                leg.expected.status,
                missing=True,
                note=f"the flow was {results[-1].status} before, so nothing could go on with it",
            )
            return
        last = number == len(results) - 1
        yield from _leg(leg.expected, printed[number], requests if last else [], before)


def _leg(expected: Expected, got: Mapping[str, Any], requests: list[JsonValue], before: str) -> Iterator[Difference]:
    actions = _ran(got)
    error = next((action["error"] for action in actions if action["error"]), None)
    logs = [line for action in actions for line in action["logs"]]
    commands = [command for action in actions for command in action["commands"]]
    if expected.status is not None and expected.status != got["status"]:
        yield Difference(f"{before}status", expected.status, got["status"])
    elif expected.status is None and expected.error is None and got["status"] == "failed":
        yield Difference(f"{before}status", None, "failed", note="that it fails was not expected")
    if expected.outcome is not None:
        yield from differences(expected.outcome, got["outcome"], f"{before}outcome")
    if expected.error is not None:
        wanted: JsonValue = {"code": expected.error} if isinstance(expected.error, str) else expected.error
        yield from differences(wanted, error, f"{before}error")
    lists: tuple[tuple[str, list[JsonValue] | None, list[JsonValue] | None, list[JsonValue]], ...] = (
        ("commands", expected.commands, expected.commands_exactly, commands),
        ("logs", expected.logs, expected.logs_exactly, logs),
        ("requests", expected.requests, expected.requests_exactly, requests),
    )
    for name, some, exactly, came in lists:
        if some is not None:
            wanted_some, shown = _spelt(name, some, came)
            yield from in_order(wanted_some, shown, f"{before}{name}")
        if exactly is not None:
            wanted_all, shown = _spelt(name, exactly, came)
            yield from differences(wanted_all, shown, f"{before}{name}_exactly")


def _spelt(name: str, expected: list[JsonValue], came: list[JsonValue]) -> tuple[list[JsonValue], list[JsonValue]]:
    """A console line that is expected as a text, or by a rule, is one of any level; a request is one by its name."""
    if name == "logs" and not any(isinstance(one, dict) and "message" in one for one in expected):
        return expected, [line["message"] for line in came if isinstance(line, dict)]
    key = {"logs": "message", "requests": "request", "commands": "method"}[name]
    return [{key: one} if isinstance(one, str) else one for one in expected], came


def _ran(printed: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = printed["actions"]
    return found
