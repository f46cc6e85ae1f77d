"""The report of an execution that ran elsewhere: as that of `interlock run`, without the actions' code."""

from collections.abc import Mapping
from typing import Any, Final

from rich.text import Text

from interlock.executor import event_summary, output, report
from interlock.executor.commands import showing

_ALSO: Final = {
    "prompt": ", and as `prompt` the form's `id` and `fields`",
    "challenge": ", and `authentication` with the `methods` that the user has gone through",
}
"""What comes back with a user who was sent to a form, or asked for a factor."""


def blocking(answer: Mapping[str, Any], trigger: str, event: Mapping[str, Any], *, replayed: bool) -> None:
    """Print the outcome of an event that its sender waited for."""
    _event(trigger, event)
    _result(answer)
    again = ", not run again: this idempotency key was answered before" if replayed else ""
    resumes = f", which goes on with {answer.get('resumes')}" if answer.get("resumes") else ""
    showing.note(f"execution {answer.get('execution')}, release {answer.get('release')}{resumes}{again}")
    waits = answer.get("resume")
    if waits:
        showing.note(f"until {showing.moment(waits.get('expires_at'))} it goes on with:")
        showing.note(f"  interlock events resume {answer.get('execution')} --event EVENT.json")
        showing.note(f"EVENT.json has the new `request`{_ALSO.get(_waits_for(answer), '')}.")


def tested(answer: Mapping[str, Any]) -> None:
    """Print the outcome of a test."""
    _result(answer)
    showing.note(f"A test of version {answer.get('version')}, execution {answer.get('execution')}.")
    if answer.get("status") == "suspended":
        showing.note("An event would now wait for its user. A test does not: send the event, and resume that.")


def execution(found: Mapping[str, Any]) -> None:
    """Print an execution as it is stored."""
    showing.record(
        [
            ("execution", found.get("id")),
            ("status", found.get("status")),
            ("release", found.get("release") or "none: a test"),
            ("accepted", showing.moment(found.get("accepted_at"))),
            ("finished", showing.moment(found.get("finished_at"))),
            *([("resumes", found.get("resumes"))] if found.get("resumes") else []),
            *([("resumed by", found.get("resumed_by"))] if found.get("resumed_by") else []),
            *([("waits until", showing.moment(found.get("waits_until")))] if found.get("waits_until") else []),
            ("attempts", _attempts(found)),
            *([("next attempt", showing.moment(found.get("due_at")))] if found.get("due_at") else []),
            *(
                [("dead", f"`interlock executions resend {found.get('id')}` sends it again")]
                if found.get("dead")
                else []
            ),
            *([("sent again as", found.get("sent_again_as"))] if found.get("sent_again_as") else []),
        ]
    )
    showing.say("")
    _event(str(found.get("trigger", "")), found.get("event") or {})
    for attempt in found.get("attempts") or []:
        _attempt(attempt)
    _operations(found.get("operations") or {})
    error = found.get("error")
    if found.get("result"):
        _result(found["result"])
    elif error:
        text = Text.assemble(
            (f"error[{error.get('code')}]", "bold red"), f": {output.visible(str(error.get('message')))}"
        )
        output.write(output.console(), text)
    else:
        showing.note("There is no result yet." if not found.get("finished_at") else "There is no result.")


def _waits_for(answer: Mapping[str, Any]) -> str:
    return next(iter((answer.get("outcome") or {}).get("waits_for") or []), "")


def _attempts(found: Mapping[str, Any]) -> object:
    """How many there were, and how each ended where one was not enough."""
    made = found.get("attempts") or []
    if not made or (len(made) == 1 and not found.get("due_at") and not found.get("dead")):
        return len(made) or found.get("attempt")
    ends = [f"{showing.clock(one.get('started_at'))} {one.get('result') or 'runs'}" for one in made]
    return f"{len(made)}: {', '.join(ends)}"


def _attempt(attempt: Mapping[str, Any]) -> None:
    """Print one that another one followed."""
    if attempt.get("outcome"):
        console = output.console()
        heading = f"attempt {attempt.get('number')}, {attempt.get('result')}"
        output.write(console, report.attempt(heading, attempt["outcome"].get("result"), width=console.width))


def _event(trigger: str, event: Mapping[str, Any]) -> None:
    output.write(output.console(), report.event(output.visible_line(trigger), [*event_summary.summary(event)]))


def _operations(by_action: Mapping[str, Any]) -> None:
    for name, rows in by_action.items():
        if not rows:
            continue
        text = Text.assemble((output.visible_line(name), "bold"), "\n", ("  asked of the host\n", "dim"))
        for row in rows:
            text.append(f"    {output.visible_line(_operation(row))}\n")
        output.write(output.console(), text)


def _operation(row: Mapping[str, Any]) -> str:
    left_out = {"kind", "at_us", "took_us", "answered"}
    shown = [f"{name}={value}" for name, value in row.items() if name not in left_out]
    took = f"  {row['took_us'] / 1_000:.1f} ms" if "took_us" in row else ""
    took = "  no answer" if row.get("answered") is False else took
    return " ".join([str(row["kind"]), *shown]) + took


def _result(printable: Mapping[str, Any]) -> None:
    console = output.console()
    sources = [(str(action["name"]), None) for action in printable["actions"]]
    output.write(console, report.result(printable, sources, width=console.width))
