"""What the actions of an execution were given from outside, packed for the log; and what of it people may see.

A recording is for who runs the execution again, and is kept sealed: answers of servers hold tokens. What actions asked
for is kept as digests, and beside them what may be shown: a table says it kind by kind, and what stands in no table is
not shown. Values in a URL's query, headers and bodies never are; secrets are masked before anything is packed.
"""

import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import JsonValue

from interlock.sandbox import JSON, Operation, Tape
from interlock.secrets import Masker
from interlock.worker.errors import RecordingUnreadable
from interlock.worker.resuming import Suspended

Conceal = Callable[[JSON], JSON]

VERSION: Final = 1
_COMPRESSED_FROM: Final = 1_024
_PLAIN, _DEFLATED = b"j", b"z"
_LARGEST_BYTES: Final = 64 << 20
_TEXT_CHARACTERS: Final = 300
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*:(?://)?)(?:[^/?#@]*@)?(?P<place>[^?#]*)(?:\?(?P<query>[^#]*))?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One action's part: its tape, the cache it began with, its wall time, what the flow had left, and what the policy
    refused, as its author reads it.
    """

    tape: Tape
    wall_ms: int
    left_ms: int
    cache: Mapping[str, JsonValue] = field(default_factory=dict, repr=False)
    refusals: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """An execution's: which engine ran it, the flow's wall time, its actions by name, in order, and what it went on
    with, if it resumed another.
    """

    engine: str
    wall_ms: int
    actions: Mapping[str, Recorded]
    resumed: Suspended | None = field(default=None, repr=False)

    @property
    def whole(self) -> bool:
        """Whether nothing of it was cut off, so that it can be run again."""
        return all(one.tape.whole for one in self.actions.values())

    def shown(self) -> dict[str, list[JsonValue]]:
        """Return what may be shown of the operations of each action."""
        return {name: _shown(one.tape) for name, one in self.actions.items()}

    def pack(self, masker: Masker) -> bytes:
        """Return its bytes, with secrets masked in what may be shown."""
        document = {
            "v": VERSION,
            "engine": self.engine,
            "wall_ms": self.wall_ms,
            "actions": [_row(name, one, masker) for name, one in self.actions.items()],
            "resumed": None if self.resumed is None else self.resumed.to_json().decode(),
        }
        text = json.dumps(document, separators=(",", ":")).encode()
        # To set the compressor up takes longer than anything else here: most runs ask for nothing and are short.
        return _PLAIN + text if len(text) < _COMPRESSED_FROM else _DEFLATED + zlib.compress(text, 1)

    @classmethod
    def unpack(cls, packed: bytes) -> "Recording":
        """Read what `pack` gave. Raises RecordingUnreadable."""
        try:
            text = packed[1:]
            if packed[:1] == _DEFLATED:
                text = zlib.decompressobj().decompress(text, _LARGEST_BYTES)
            document = json.loads(text)
            if document["v"] != VERSION:
                raise RecordingUnreadable("The execution was recorded by another version of Interlock.")
            actions = {
                name: Recorded(Tape.from_json(tape), wall_ms, left_ms, cache, tuple(refusals))
                for name, tape, wall_ms, left_ms, cache, refusals in document["actions"]
            }
            resumed = None if document["resumed"] is None else Suspended.from_json(document["resumed"].encode())
            return cls(document["engine"], document["wall_ms"], actions, resumed)
        except (AttributeError, KeyError, TypeError, ValueError, zlib.error):
            raise RecordingUnreadable("The execution's recording is damaged.") from None


def of_execution(execution: str, attempt: int) -> dict[str, JsonValue]:
    """Return `event.execution` of background triggers: the id is the same in all attempts, so that what an action asks
    of another system can be known as the same; the attempt counts from 1.
    """
    return {"id": execution, "attempt": attempt}


def describe(operation: Operation) -> JsonValue:
    """Return what may be shown of an operation's arguments."""
    table = _SHOWN.get(operation.kind)
    if table is None:
        return None
    shown = {name: show(operation.args.get(name)) for name, show in table.items()}
    return {name: value for name, value in shown.items() if value is not None}


def concealing(event: Mapping[str, JsonValue], hidden: Sequence[str] = ()) -> Conceal:
    """Return what takes a run's secrets, and what else is hidden, out of what it asks for: a request with the new value
    of a token is the same request. Made when the run first asks for something, which most runs never do.
    """
    made: list[Masker] = []

    def conceal(args: JSON) -> JSON:
        if not made:
            secrets = event.get("secrets")
            values = secrets.values() if isinstance(secrets, dict) else ()
            made.append(Masker([*hidden, *(value for value in values if isinstance(value, str))]))
        return made[0].json(args)

    return conceal


def _row(name: str, one: Recorded, masker: Masker) -> list[Any]:
    tape = one.tape.to_json()
    for row in tape["asked"]:
        row[3] = masker.json(row[3])
    return [name, tape, one.wall_ms, one.left_ms, one.cache, list(one.refusals)]


def _shown(tape: Tape) -> list[JsonValue]:
    told = {one.id: (batch.at_us, one) for batch in tape.answered for one in batch.completions}
    rows: list[JsonValue] = []
    for asked in tape.asked:
        row: dict[str, JsonValue] = {"kind": asked.kind, "at_us": asked.at_us}
        if isinstance(asked.shown, dict):
            row |= asked.shown
        if asked.id in told:
            at_us, completion = told[asked.id]
            row["took_us"] = at_us - asked.at_us
            if completion.failure is not None:
                row["error"] = completion.failure[0]
            elif asked.kind == "fetch.start":
                row["status"] = json.loads(completion.value_json).get("status")
        elif tape.whole:
            row["answered"] = False
        rows.append(row)
    return rows


def _text(value: object) -> JsonValue:
    return value[:_TEXT_CHARACTERS] if isinstance(value, str) else None


def _number(value: object) -> JsonValue:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _length(value: object) -> JsonValue:
    """How long a text of base64 is that is sent."""
    return len(value) * 3 // 4 if isinstance(value, str) else None


def _address(value: object) -> JsonValue:
    """A URL without user and password, without fragment, and with names alone in its query."""
    found = _URL.match(value) if isinstance(value, str) else None
    if found is None:
        return None
    query = found["query"]
    names = "" if query is None else "?" + "&".join(f"{part.partition('=')[0]}=***" for part in query.split("&"))
    return f"{found['scheme']}{found['place']}{names}"[:_TEXT_CHARACTERS]


def _is_there(value: object) -> JsonValue:
    return True if value is not None else None


_Table = Mapping[str, Callable[[object], JsonValue]]
_SHOWN: Final[Mapping[str, _Table]] = {
    "timer": {"ms": _number},
    "timer.immediate": {},
    "compute": {"name": _text},
    "lookup": {"kind": _text},
    "fetch.start": {"method": _text, "url": _address, "body": _length},
    "fetch.write": {"data": _length},
    "fetch.read": {"max": _number},
    "fetch.cancel": {},
    "socket.connect": {"host": _text, "port": _number, "tls": _is_there},
    "socket.read": {"max": _number},
    "socket.write": {"data": _length},
    "socket.starttls": {},
    "socket.end": {},
    "socket.close": {},
    "dns.lookup": {"host": _text},
    "dns.resolve": {"host": _text, "type": _text},
}


def recording(
    engine: str, wall_ms: int, actions: Sequence[tuple[str, Recorded | None]], resumed: Suspended | None = None
) -> Recording:
    """Return the recording of these actions; one that was never begun has no part in it."""
    return Recording(engine, wall_ms, {name: one for name, one in actions if one is not None}, resumed)
