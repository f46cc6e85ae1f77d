"""What is told of an execution: masked, bounded, and with its end."""

from typing import Any

from interlock.worker.queue import ExecutionMessage, Outcome
from interlock.worker.runs import LogLine
from interlock.worker.tailing import MOST_CHARACTERS, Entry, Telling


class Heard:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Entry]] = []

    def listened(self, _tenant: str) -> bool:
        return True

    def put(self, tenant: str, entry: Entry) -> None:
        self.entries.append((tenant, entry))


def telling(heard: Heard) -> Telling:
    message: Any = ExecutionMessage(
        execution="e1",
        tenant="acme",
        trigger="post-login",
        release="r",
        release_number=7,
        event={"user": "canary"},
        accepted_ms=0,
        deadline_ms=1,
        blocking=True,
    )
    return Telling(heard, message, ["secret-value"], now_ms=lambda: 5.0)


def test_a_line_says_whose_it_is_and_no_secret() -> None:
    heard = Heard()
    telling(heard).lines("a", [LogLine("warn", "it is secret-value")])
    assert heard.entries == [
        (
            "acme",
            {
                "kind": "line",
                "execution": "e1",
                "trigger": "post-login",
                "release": 7,
                "attempt": 1,
                "at_ms": 5,
                "action": "a",
                "level": "warn",
                "message": "it is ***",
            },
        )
    ]


def test_a_long_line_is_cut_and_says_so() -> None:
    heard = Heard()
    telling(heard).lines("a", [LogLine("log", "x" * (MOST_CHARACTERS + 5))])
    [(_, entry)] = heard.entries
    assert (len(str(entry["message"])), entry["cut"]) == (MOST_CHARACTERS, 5)


def test_errors_and_the_end_come_last() -> None:
    heard = Heard()
    error = {"code": "action_error", "name": "Error", "message": "no", "stack": "Error: no\n    at a.js:1:1"}
    result: Any = {
        "status": "failed",
        "outcome": {},
        "actions": [{"name": "a", "error": error}, {"name": "b", "error": None}],
    }
    telling(heard).over(Outcome(execution="e1", attempt=1, status="failed", result=result))
    assert [(entry["kind"], entry.get("status"), entry.get("code")) for _, entry in heard.entries] == [
        ("error", None, "action_error"),
        ("end", "failed", None),
    ]
