"""How cases went, as people read it: a line a case, then what was not as expected, then how many there were."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue
from rich.text import Text

from interlock.executor import excerpts
from interlock.executor.local.case_runs import Verdict
from interlock.executor.local.matching import Difference
from interlock.executor.output import visible, visible_line

_QUIET: Final = "dim"
_SLOW_MS: Final = 1_000
_LONGEST: Final = 2_000
"""Characters of a value that are shown; `--json` has all of it."""


def report(verdicts: Sequence[Verdict], sources: Mapping[str, str], seconds: float) -> Text:
    """Return the whole report. `sources` are codes of actions by the names of their files in stacks."""
    text = Text()
    for path, several in groupby(verdicts, key=lambda verdict: verdict.case.path):
        text.append(f"{visible_line(_near(path))}\n", "bold")
        for verdict in several:
            sign, style = ("✓", "green") if verdict.passed else ("✗", "bold red")
            text.append(f"  {sign} ", style).append(visible_line(verdict.case.name), "" if verdict.passed else style)
            text.append(f"  {verdict.took_ms:.0f} ms\n", "yellow" if verdict.took_ms > _SLOW_MS else _QUIET)
            for note in verdict.recorded:
                text.append_text(_lines(f"recorded  {note}", 6, "cyan"))
    failed = [verdict for verdict in verdicts if not verdict.passed]
    for verdict in failed:
        text.append("\nFAILED", "bold red").append(f"  {visible_line(verdict.case.name)}  ", "bold")
        text.append(f"{visible_line(_near(verdict.case.path))}:{verdict.case.line}\n", _QUIET)
        text.append_text(_why(verdict, sources))
    text.append("\n")
    if failed:
        text.append(f"{len(failed)} failed", "bold red").append(", ")
    text.append(f"{len(verdicts) - len(failed)} passed", "bold green" if len(failed) < len(verdicts) else "")
    text.append(f"  in {seconds:.2f} s", _QUIET)
    return text


def for_programs(verdicts: Sequence[Verdict], seconds: float) -> dict[str, JsonValue]:
    """Return the same as JSON."""
    return {
        "passed": sum(verdict.passed for verdict in verdicts),
        "failed": sum(not verdict.passed for verdict in verdicts),
        "took_ms": round(seconds * 1_000, 1),
        "cases": [
            {
                "file": _near(verdict.case.path),
                "line": verdict.case.line,
                "name": verdict.case.name,
                "passed": verdict.passed,
                "took_ms": round(verdict.took_ms, 1),
                "differences": [_difference_for_programs(each) for each in verdict.differences],
                "problems": list(verdict.problems),
                "unanswered": list(verdict.unanswered),
                "recorded": list(verdict.recorded),
                "errors": [action["error"] for action in verdict.actions if action["error"]],
            }
            for verdict in verdicts
        ],
    }


def _near(path: Path) -> str:
    """A path from where the command runs, as somebody would type it."""
    here = Path.cwd()
    return str(path.absolute().relative_to(here) if path.absolute().is_relative_to(here) else path)


def _why(verdict: Verdict, sources: Mapping[str, str]) -> Text:
    text = Text()
    for problem in verdict.problems:
        text.append_text(_lines(problem, 2, "red"))
    for difference in verdict.differences:
        text.append_text(_difference(difference))
    for request in verdict.unanswered:
        text.append_text(_lines(f"no answer to: {request}", 2, "red"))
        if "://" in request:
            answer = {request: {"status": 200, "json": {}}}
            text.append_text(_lines(f'record it in the case: "answers": {json.dumps(answer)}', 4, "cyan"))
            text.append_text(_lines('or how it fails: {"fails": "connect_timeout"}', 4, _QUIET))
            text.append_text(_lines("or have it asked, once: interlock test --record", 4, _QUIET))
        else:
            text.append_text(
                _lines("Cases answer HTTP alone, where the port is 80 or 443 or an answer names it;", 4, _QUIET)
            )
            text.append_text(_lines("`interlock run` reaches anything.", 4, _QUIET))
    for action in verdict.actions:
        if action["error"]:
            text.append_text(_error(action, sources))
        for line in action["logs"]:
            text.append_text(_lines(f"console.{line['level']}  {line['message']}", 2, _QUIET))
    return text


def _difference(found: Difference) -> Text:
    text = Text(f"  {visible_line(found.place)}", "bold")
    text.append(f"  {found.note}\n" if found.note else "\n", "not bold yellow")
    if found.expected is not None or not found.note:
        text.append_text(_value("expected", found.expected, "green"))
    if found.missing:
        text.append_text(_lines("got       nothing", 4, "red"))
    elif isinstance(found.got, list) and found.note and not found.got:
        text.append_text(_lines("got       none", 4, "red"))
    elif isinstance(found.got, list) and found.note:
        for one in found.got:
            text.append_text(_value("got", one, "red"))
    else:
        text.append_text(_value("got", found.got, "red"))
    return text


def _value(called: str, value: JsonValue, style: str) -> Text:
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(text)} characters)"
    return _lines(f"{called.ljust(8)}  {shown}", 4, style)


def _error(action: Mapping[str, Any], sources: Mapping[str, str]) -> Text:
    error = action["error"]
    frames = excerpts.frames(error["stack"])
    text = _lines(f"{action['name']}: error[{error['code']}] {error['name']}: {error['message']}", 2, "red")
    for frame in frames:
        text.append_text(_lines(frame, 4, _QUIET))
    filename = next((name for name in sources if excerpts.place(frames, name)), None)
    if filename is not None:
        for line in excerpts.excerpt(sources[filename], frames, filename):
            text.append_text(_lines(line, 4))
    return text


def _lines(text: str, columns: int, style: str = "") -> Text:
    return Text("".join(f"{' ' * columns}{line}".rstrip() + "\n" for line in visible(text).split("\n")), style)


def _difference_for_programs(found: Difference) -> dict[str, JsonValue]:
    got: dict[str, JsonValue] = {} if found.missing else {"got": found.got}
    note: dict[str, JsonValue] = {"note": found.note} if found.note else {}
    return {"place": found.place, "expected": found.expected, **got, **note}
