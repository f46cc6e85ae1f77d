"""`interlock tail`: what actions write and how executions end, as it happens.

The API ends each answer after some seconds: the command goes on behind the last event it was given, also after an
outage. What the buffer no longer holds then is told as dropped.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from rich.text import Text

from interlock.executor import output
from interlock.executor.client import Client
from interlock.executor.client.streaming import Event
from interlock.executor.commands import asking, showing
from interlock.executor.errors import ApiFailed

_SILENCE_S: Final = 15.0
"""The API says something every five seconds."""
_PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0)
_PASSING: Final = frozenset({"api_unavailable", "unavailable", "store_unavailable", "store_busy"})
_STYLES: Final = {"debug": "dim", "info": "cyan", "warn": "yellow", "error": "red", "trace": "dim"}
_ENDS: Final = {"completed": "green", "denied": "yellow", "suspended": "cyan", "retry": "yellow"}
_ASKED: Final = "asked for another try"


def tail(tenant: str | None, filters: Mapping[str, str | None], *, follow: bool, as_json: bool) -> int:
    """Print what comes until it is interrupted; without `follow`, what is there. Raises ApiFailed."""
    with asking.api(tenant) as asked:
        last, failures = "", 0
        if follow and not as_json:
            showing.note("Waiting for executions. Ctrl-C ends it.")
        while True:
            try:
                last = _followed(asked.client, asked.tenant, filters, last, follow=follow, as_json=as_json)
                failures = 0
            except ApiFailed as failed:
                if not last or failed.code not in _PASSING:
                    raise
                if not failures:
                    showing.note(f"{failed.message} Trying again.")
                time.sleep(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])
                failures += 1
            except KeyboardInterrupt:
                return 0
            if not follow:
                return 0


def _followed(
    client: Client, tenant: str, filters: Mapping[str, str | None], last: str, *, follow: bool, as_json: bool
) -> str:
    headers = {"last-event-id": last} if last else {}
    query = {**filters, "follow": None if follow else "false"}
    with client.stream("tenants", tenant, "tail", query=query, headers=headers, silence_s=_SILENCE_S) as events:
        for event in events:
            last = event.id
            if event.kind and as_json:
                output.write(output.console(), Text(json.dumps({"event": event.kind, "id": event.id, **event.data})))
            elif event.kind:
                output.write(output.console(), _shown(event))
    return last


def _shown(event: Event) -> Text:
    told = event.data
    if event.kind == "dropped":
        return Text(f"... {told.get('lines')} lines are missing here", "yellow")
    at = time.strftime("%H:%M:%S", time.gmtime(int(told.get("at_ms", 0)) // 1_000))
    text = Text.assemble((f"{at} {output.visible_line(str(told.get('execution')))} ", "dim"))
    if event.kind == "end":
        status = str(told.get("status"))
        text.append(f"{told.get('trigger')} {_attempt(told)}")
        text.append(_ASKED if status == "retry" else status, _ENDS.get(status, "red"))
        return text.append(_then(told))
    text.append(_attempt(told), "dim")
    text.append(f"{output.visible_line(str(told.get('action')))} ", "bold")
    level = "error" if event.kind == "error" else str(told.get("level"))
    text.append(f"{level} ", _STYLES.get(level, ""))
    text.append(output.visible(_message(told)))
    return text


def _attempt(told: Mapping[str, Any]) -> str:
    """Which one it is, where there is more than one."""
    number = told.get("attempt", 1)
    return f"attempt {number} " if number != 1 or told.get("then") in {"retried", "dead"} else ""


def _then(told: Mapping[str, Any]) -> str:
    match told.get("then"):
        case "retried":
            due_ms = told.get("due_at_ms")
            at = "" if due_ms is None else f" at {time.strftime('%H:%M:%S', time.gmtime(int(due_ms) // 1_000))}"
            return f", attempt {int(told.get('attempt', 0)) + 1} follows{at}"
        case "dropped":
            return ", dropped: there is no other try"
        case "dead":
            return f", a dead letter: `interlock executions resend {told.get('execution')}` sends it again"
    return ""


def _message(told: Mapping[str, Any]) -> str:
    cut = told.get("cut")
    more = f" ... {cut} more characters; `interlock executions show` has them" if cut else ""
    return f"{told.get('message')}{more}"
