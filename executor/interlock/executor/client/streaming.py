"""Server-sent events as the API sends them: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event; without a kind it says only how far the stream has come."""

    id: str
    kind: str = ""
    data: Any = None


def events(lines: Iterable[str]) -> Iterator[Event]:
    """Read events from the lines of a stream. What is no JSON is left out."""
    last, kind, data = "", "", list[str]()
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name if line else None:
            case None:
                read = _json("\n".join(data)) if data else None
                if last and (kind == "" or read is not None):
                    yield Event(last, kind, read)
                kind, data = "", []
            case "id":
                last = value
            case "event":
                kind = value
            case "data":
                data.append(value)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
