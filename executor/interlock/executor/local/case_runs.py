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
from interlock.executor.local.concealing import Concealing
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
    recorded: tuple[str, ...] = ()
    """What was written into its file."""

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
    for case in cases:
        project.chosen(case, catalogue)
        if not all(leg.says for leg in case.legs):
            message = f"{case.place}: it does not say what is expected."
            raise Misused("cases_invalid", message, "`interlock test --record` writes down what comes.")
    player = Player(project, catalogue, runners)
    return [await player.verdict(case) for case in cases]


@dataclass(frozen=True, slots=True)
class Played:
    """What a case did: each leg's result as it is printed, and its network. Nothing of it holds a secret."""

    printed: tuple[Mapping[str, Any], ...] = field(repr=False)
    requests: tuple[JsonValue, ...] = field(repr=False)
    unanswered: tuple[str, ...]
    statuses: tuple[str, ...]

    @property
    def actions(self) -> tuple[Mapping[str, Any], ...]:
        """What the actions did, of all legs."""
        return tuple(action for one in self.printed for action in _ran(one))


class CannotBePlayed(Exception):
    """A case that cannot be run: its actions cannot be built, or its event is none."""


class Player:
    """Plays cases in one sandbox."""

    def __init__(self, project: Project, catalogue: Catalogue, runners: composition.Runners) -> None:
        """Play the actions of a project."""
        self._project = project
        self._catalogue = catalogue
        self._runners = runners

    def sources(self, case: Case) -> Iterator[str]:
        """Yield the code of what a case runs, modules among it. Raises Misused."""
        for name in self._project.chosen(case, self._catalogue)[1]:
            if name in self._project.actions:
                yield self._project.actions[name].source

    def secrets(self, case: Case) -> dict[str, str]:
        """Return the secrets that the case and its event have."""
        of_event = case.legs[0].event.get("secrets")
        found = of_event.items() if isinstance(of_event, dict) else ()
        return {**{name: value for name, value in found if isinstance(value, str)}, **case.secrets}

    async def play(self, case: Case, secrets: Mapping[str, str], network: CaseNetwork) -> Played:
        """Run a case. Raises CannotBePlayed, and Misused for one that cannot be meant."""
        trigger, names = self._project.chosen(case, self._catalogue)
        project = self._project
        broken = [project.refused[name] for name in names if name in project.refused]
        if broken:
            raise CannotBePlayed(*map(_told, broken))
        if len(case.legs) > 1 and not trigger.suspends:
            raise CannotBePlayed(f"Flows of {trigger.id} are never suspended, so none can be continued.")
        try:
            first, *others = [
                events.accept(dict(leg.event), trigger, resumes=number > 0) for number, leg in enumerate(case.legs)
            ]
            actions = [project.actions[name] for name in names]
            given = {action.name: {module.name: secrets for module in action.modules} for action in actions}
            runner = self._runners(network, given, project.limits(trigger))
            results = await composition.run(Flow(trigger, first, actions, secrets, others), runner)
        except EventRejected as rejected:
            listed = [f"  {problem.path}: {problem.message}" for problem in rejected.problems]
            raise CannotBePlayed("\n".join([rejected.message, *listed])) from None
        except WorkerError as error:
            raise CannotBePlayed(error.message) from None
        return _played(results, network)

    async def verdict(self, case: Case) -> Verdict:
        """Run a case offline, and say how it went. Raises Misused."""
        began = time.perf_counter()
        secrets = self.secrets(case)
        network = CaseNetwork(case.answers, Concealing(secrets.values()).url)
        try:
            played = await self.play(case, secrets, network)
        except CannotBePlayed as cannot:
            return Verdict(case, (time.perf_counter() - began) * 1_000, problems=cannot.args)
        return judged(case, played, (time.perf_counter() - began) * 1_000)


def judged(case: Case, played: Played, took_ms: float, recorded: tuple[str, ...] = ()) -> Verdict:
    """Compare what came with what is expected."""
    return Verdict(
        case,
        took_ms,
        differences=tuple(_compared(case, played)),
        unanswered=played.unanswered,
        actions=played.actions,
        recorded=recorded,
    )


def _told(refused: BuildRefused) -> str:
    return f"error[{refused.code}]: {refused.message}" + (f"\nhint: {refused.hint}" if refused.hint else "")


def _played(results: Sequence[FlowResult], network: CaseNetwork) -> Played:
    masker = results[-1].masker
    return Played(
        printed=tuple(result.printable() for result in results),
        requests=tuple(masker.json(each) for each in network.requests),
        unanswered=tuple(dict.fromkeys(masker.text(each) for each in network.unanswered)),
        statuses=tuple(result.status for result in results),
    )


def _compared(case: Case, played: Played) -> Iterator[Difference]:
    for number, leg in enumerate(case.legs):
        before = f"continue[{number - 1}]." if number else ""
        if number >= len(played.printed):
            yield Difference(
                f"{before}status",
                leg.expected.status,
                missing=True,
                note=f"the flow was {played.statuses[-1]} before, so nothing could go on with it",
            )
            return
        last = number == len(played.printed) - 1
        yield from _leg(leg.expected, played.printed[number], list(played.requests) if last else [], before)


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
