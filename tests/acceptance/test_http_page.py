"""Every example of docs/HTTP.md, in its order, on a real `interlock dev`."""

import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from interlock.worker import simulated_event, triggers
from live_system import dev, until
from npm_registry import ESBUILD

PAGE = Path(__file__).resolve().parents[2] / "docs" / "HTTP.md"
EVENT: Any = simulated_event(triggers.BUILT_IN.get("post-login"))
USER = {**EVENT["user"], "email": "another@example.com"}


@dataclass(frozen=True)
class Example:
    """A request, and what of its answer the page shows."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    shows: Any


def examples() -> list[Example]:
    return [example(block) for block in re.findall(r"```http\n(.*?)```", PAGE.read_text(), re.DOTALL)]


def example(block: str) -> Example:
    asked, _, answered = block.partition("→ ")
    first, *more = asked.strip().splitlines()
    method, path = first.split(" ")
    headers = dict(line.split(": ", 1) for line in more if not line.startswith("{"))
    body = "".join(line for line in more if line.startswith("{"))
    body = body.replace("EVENT", json.dumps(EVENT)).replace("ANOTHER", json.dumps({**EVENT, "user": USER}))
    body = body.replace("REQUEST", json.dumps(EVENT["request"]))
    status, _, shows = answered.partition("\n")
    return Example(method, path, headers, json.loads(body or "null"), int(status), json.loads(shows or "null"))


def missing(shown: Any, answered: Any) -> Any:
    """What the page shows that the answer does not hold."""
    if isinstance(shown, dict) and isinstance(answered, dict):
        parts = {name: missing(part, answered.get(name, "nothing")) for name, part in shown.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    return None if shown == answered else shown


def test_each_request_of_the_page_is_answered_as_the_page_says(tmp_path: Path) -> None:
    known: dict[str, str] = {}
    # What an action and its modules are bundled with: no test fetches one.
    with dev(tmp_path, "--processes", "1", INTERLOCK_ESBUILD=str(ESBUILD)) as system:

        def ask(shown: Example) -> httpx.Response:
            path = shown.path.removeprefix("/v1").replace("{execution}", known.get("execution", ""))
            body = None if shown.body is None else json.dumps(shown.body)
            headers = shown.headers | ({} if body is None else {"Content-Type": "application/json"})
            return system.client.request(shown.method, path, content=body, headers=headers)

        def answered(shown: Example) -> bool:
            return not differs(shown, ask(shown))

        for shown in examples():
            answer = ask(shown)
            if shown.method == "GET" and differs(shown, answer):
                # The row of an execution comes a moment after its outcome, as the page says.
                until(partial(answered, shown), f"{shown.path}: {answer.text}")
            else:
                assert not differs(shown, answer), f"{shown.method} {shown.path}: {answer.text}"
            if answer.content and "execution" in answer.json():
                known["execution"] = answer.json()["execution"]
    assert len(examples()) > 10


def differs(shown: Example, answer: httpx.Response) -> bool:
    content = answer.json() if answer.content else None
    return answer.status_code != shown.status or missing(shown.shows, content) is not None
