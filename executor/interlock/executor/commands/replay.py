"""`interlock replay`: an execution run again on the server, offline, and what differs.

Exit status as of `diff`: 0 when both runs are the same, 1 when they differ.
"""

import asyncio
import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from interlock.executor import composition, files, notices, output, projects, settings, stack_names, stored_builds
from interlock.executor.commands import asking, showing
from interlock.executor.errors import Misused
from interlock.executor.packages import languages
from interlock.executor.stored_builds import Stored
from interlock.worker import Action

_WAIT_S: Final = 60.0
_STYLES: Final = {"-": "red", "+": "green", "@": "cyan"}


def replay(
    execution: str,
    action: str | None,
    edited: Path | None,
    dependencies: Sequence[str],
    tenant: str | None,
    *,
    as_json: bool,
) -> int:
    """Run it again and print what differs. Raises `ExecutorError` when that cannot be done."""
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "executions", execution)
        body: dict[str, Any] = {}
        if edited is not None:
            found = asked.client.get(*place)
            name = action or _only_action(found)
            made = _packaged(edited, dependencies, Stored(asked.client, asked.tenant, found, name), name)
            body = {"action": name, "code": made.source, "source_map": made.source_map}
        report = asked.client.ask("POST", *place, "replay", body=body, wait_s=_WAIT_S).record
    if action is not None:
        _check(action, report)
    if as_json:
        showing.whole(report)
    else:
        _print(report, action)
    return 0 if report.get("identical") else 1


def _only_action(found: Mapping[str, Any]) -> str:
    names = [str(one["name"]) for one in (found.get("result") or {}).get("actions", [])]
    if len(names) == 1:
        return names[0]
    ran = f"It ran {', '.join(names)}." if names else "It has no result yet."
    raise Misused("usage", f"It is not said whose code --with replaces. {ran}", "Give --action NAME.")


def _check(action: str, report: Mapping[str, Any]) -> None:
    names = [str(one["name"]) for one in report.get("actions", [])]
    if action not in names:
        raise Misused("usage", f"The execution ran no action {action!r}, but {', '.join(names)}.", "Name one of these.")


def _packaged(path: Path, options: Sequence[str], stored: Stored, name: str) -> Action:
    action = Action(name, files.read_text(path), stack_names.of_file(path.name))
    if not projects.needs(action.source) and not languages.must_be_bundled(
        action.source, languages.of_file(path.suffix)
    ):
        return action
    own = projects.of_file(path, options) if projects.needs(action.source) else projects.Project()
    with notices.when_slow("Installing and bundling packages: some seconds, and once for the same packages."):
        return asyncio.run(stored_builds.built(action, path, own, stored, composition.packager(settings.load())))


def _print(report: Mapping[str, Any], only: str | None) -> None:
    console = output.console()
    for one in report["actions"]:
        if only in {None, one["name"]}:
            output.write(console, _action(one))
    for name in ("status", "outcome"):
        then, now = report[name]["then"], report[name]["now"]
        if then != now:
            output.write(console, Text.assemble((name, "bold"), "\n", _difference(_lines(then), _lines(now))))
    for secret in report["secrets"]:
        now = "is not there any more" if secret["now"] is None else f"is number {secret['now']} now"
        showing.note(f"The secret {secret['name']} of {secret['action']} was number {secret['then']}, and {now}.")
    if not report["same_engine"]:
        showing.note("Another build of the engine ran it then.")
    if report["identical"]:
        showing.say(f"Identical: {report['execution']} does the same again.")
    else:
        showing.say(f"Different: {report['execution']} does not do the same again.")


def _action(one: Mapping[str, Any]) -> Text:
    name = output.visible_line(str(one["name"]))
    text = Text.assemble((name, "bold"), "" if one["differs"] else ("  the same", "green"), "\n")
    for part in one["differs"]:
        text.append(f"  {part}\n", "dim")
        if part == "run":
            which = "it did not run then" if one["then"] is None else "it does not run now"
            text.append(f"    {which}\n")
        elif part == "operations":
            for note in one["notes"]:
                text.append(f"    {output.visible(note)}\n")
        else:
            text.append_text(_difference([*_part(one["then"][part])], [*_part(one["now"][part])]))
    return text


def _difference(then: Sequence[str], now: Sequence[str]) -> Text:
    text = Text()
    for line in list(difflib.unified_diff(then, now, "then", "now", lineterm="", n=2))[2:]:
        text.append(f"    {output.visible_line(line)}\n", _STYLES.get(line[:1], ""))
    return text


def _part(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if one is None:
            continue
        if "method" in one:
            yield f"{one['method']}({', '.join(json.dumps(each, ensure_ascii=False) for each in one['args'])})"
        elif "level" in one:
            yield from f"{one['level']}: {one['message']}".split("\n")
        else:
            yield from [f"error[{one['code']}]", *str(one["stack"]).split("\n")]


def _lines(value: Any) -> list[str]:
    return json.dumps(value, indent=2, ensure_ascii=False).split("\n")
