"""The messages between host and guest: all of them, with exactly these keys. sandbox/guest/runtime/messages.js is the
other side.

    host -> guest   {"type": "start", "input": JSON}
                    {"type": "resume", "completions": [{"id", "ok": true, "value": JSON}
                                                     | {"id", "ok": false, "error": {"code", "message"}}]}
    guest -> host   {"type": "loaded", "error": Error | null, "operations": n}
                    {"type": "pending", "operations": [{"id", "kind", "args"}], "cancelled": [id]}
                    {"type": "done", "output": JSON, "error": Error | null}
    Error           {"name", "message", "stack", "code": string | null}

Clock and entropy are not messages: the host writes them into the engine's state (`interlock.sandbox.state`). What
arrives from the guest is data from an enemy, even though our own guest code writes it.
"""

import itertools
import json
import math
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

JSON = Any
"""A JSON value as `json.loads` gives it: dict, list, str, int, float, bool or None."""

PENDING: Final = b'{"type":"pending",'
"""How a message that asks for host operations begins."""
MOST_PENDING_BYTES: Final = 4 << 20
"""Such a message carries what a program uploads, which is no output; the guest's library keeps below this."""
MOST_PENDING_VALUES: Final = 100_000
"""Of one that is longer than an output may be: its commas. What is uploaded is base64, and has none."""
_OBJECT_BYTES: Final = 64
"""What a small value takes in memory, its place in a list included."""
_NAME_CHARACTERS: Final = 256
_MESSAGE_CHARACTERS: Final = 8_192
_STACK_CHARACTERS: Final = 16_384
_KIND: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MAX_ID: Final = 2**53
_MAX_DIGITS: Final = 40
_MAX_DEPTH: Final = 200
"""Of lists and objects in each other; far below where Python's own recursion ends, whoever's stack reads the value."""
_TEXT: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A string, or what would be one if it ended: then nothing of the text is looked at twice."""
_OPENING: Final = bytes.maketrans(b"[{]}", b"\1\1\0\0")
_CLOSING: Final = bytes.maketrans(b"[{]}", b"\0\0\1\1")
_NO_BRACKET: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


class MalformedMessage(ValueError):
    """The guest sent what is no message; the text says which rule it broke, never what it sent."""


class UnusableValue(MalformedMessage):
    """A message with a value that is JSON, but that whoever reads it next could not hold."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A host operation the guest asked for: `id` is the guest's own, `args` are its words."""

    id: int
    kind: str
    args: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class Thrown:
    """An error as the guest describes it; `code` only where our own runtime made the error."""

    name: str
    message: str
    stack: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The action's top level was evaluated; `operations` were asked for meanwhile."""

    error: Thrown | None
    operations: int


@dataclass(frozen=True, slots=True)
class Pending:
    """The guest waits: new operations, and ids of earlier ones it no longer wants."""

    operations: tuple[Operation, ...]
    cancelled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The run is over. `output` may be there beside an error: what was recorded until then."""

    output: JSON
    error: Thrown | None


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer to one operation: a value as JSON text, or the code and message of a failure."""

    id: int
    value_json: str = "null"
    failure: tuple[str, str] | None = None


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _finite(text: str) -> float:
    """A guest can write 1e400 (JSON.rawJSON), which Python reads as infinity and JSON cannot say again."""
    value = float(text)
    if math.isinf(value):
        raise UnusableValue("a number must not be larger than a double holds")
    return value


def _whole(text: str) -> int:
    # No number of JavaScript is longer as a whole one: the engine itself goes on with an exponent.
    if len(text) > _MAX_DIGITS:
        raise UnusableValue("a whole number must not have more than 40 digits")
    return int(text)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)


def start(input_json: bytes) -> bytes:
    """The message that starts a run; `input_json` is JSON text already."""
    return b'{"type":"start","input":' + input_json + b"}"


def resume(completions: Sequence[Completion]) -> bytes:
    """The message that goes on with a run, in the order the operations completed."""
    rows = ",".join(
        f'{{"id":{one.id},"ok":true,"value":{one.value_json}}}'
        if one.failure is None
        else f'{{"id":{one.id},"ok":false,"error":{encode({"code": one.failure[0], "message": one.failure[1]})}}}'
        for one in completions
    )
    return f'{{"type":"resume","completions":[{rows}]}}'.encode()


def encode(value: JSON) -> str:
    """JSON text. Raises TypeError or ValueError for what cannot be JSON, NaN and infinities among it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def size_of(args: dict[str, JSON]) -> int:
    """About how many bytes of this process an operation's arguments hold.

    What is uploaded is a string of theirs, and as long. The rest is what is written, and an object for each value.
    """
    strings = sum(len(value) for value in args.values() if isinstance(value, str))
    rest = json.dumps([value for value in args.values() if not isinstance(value, str)])
    return strings + len(rest) + _OBJECT_BYTES * rest.count(",")


def parse(text: bytes) -> Loaded | Pending | Done:
    """A guest message. Raises MalformedMessage for anything that is not exactly one of the three."""
    message = _decode(text)
    if not isinstance(message, dict):
        raise MalformedMessage("a message must be an object")
    match message.get("type"):
        case "done":
            _keys(message, {"type", "output", "error"})
            return Done(message["output"], _thrown(message["error"]))
        case "pending":
            _keys(message, {"type", "operations", "cancelled"})
            operations = tuple(_operation(row) for row in _list(message["operations"]))
            return Pending(operations, tuple(_id(number) for number in _list(message["cancelled"])))
        case "loaded":
            _keys(message, {"type", "error", "operations"})
            return Loaded(_thrown(message["error"]), _id(message["operations"]))
        case _:
            raise MalformedMessage("a message must be loaded, pending or done")


def _decode(text: bytes) -> JSON:
    if text.count(b"[") + text.count(b"{") > _MAX_DEPTH and _depth(text) > _MAX_DEPTH:
        raise UnusableValue(f"a value must not be nested deeper than {_MAX_DEPTH} levels")
    try:
        characters = text.decode()
        value, end = _DECODER.raw_decode(characters)
    except UnusableValue:
        raise
    except ValueError:
        raise MalformedMessage("a message must be JSON in UTF-8") from None
    if end != len(characters):
        raise MalformedMessage("nothing may follow a message")
    # JavaScript strings may hold lone surrogates; nothing behind us can write them. U+FFFD, as TextEncoder does.
    return _well_formed(value) if b"\\ud" in text or b"\\uD" in text else value


def _depth(text: bytes) -> int:
    """How deep lists and objects lie in each other. Loops in C only: a guest chooses how many brackets there are."""
    brackets = _TEXT.sub(b"", text).translate(None, _NO_BRACKET)
    opened, closed = (itertools.accumulate(brackets.translate(table)) for table in (_OPENING, _CLOSING))
    return max(map(operator.sub, opened, closed), default=0)


def _well_formed(value: JSON) -> JSON:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_well_formed(one) for one in value]
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", key): _well_formed(one) for key, one in value.items()}
    return value


def _keys(row: dict[str, JSON], keys: set[str]) -> None:
    if row.keys() != keys:
        raise MalformedMessage(f"the keys must be exactly {', '.join(sorted(keys))}")


def _list(value: JSON) -> list[JSON]:
    if not isinstance(value, list):
        raise MalformedMessage("a list is needed")
    return value


def _id(value: JSON) -> int:
    if type(value) is not int or not 0 <= value < _MAX_ID:
        raise MalformedMessage("a number must be a whole one")
    return value


def _operation(row: JSON) -> Operation:
    if not isinstance(row, dict):
        raise MalformedMessage("an operation must be an object")
    _keys(row, {"id", "kind", "args"})
    if not isinstance(row["kind"], str) or not _KIND.fullmatch(row["kind"]) or not isinstance(row["args"], dict):
        raise MalformedMessage("an operation needs a kind and an object of arguments")
    return Operation(_id(row["id"]), row["kind"], row["args"])


def _thrown(row: JSON) -> Thrown | None:
    if row is None:
        return None
    if not isinstance(row, dict):
        raise MalformedMessage("an error must be an object")
    _keys(row, {"name", "message", "stack", "code"})
    name, message, stack, code = row["name"], row["message"], row["stack"], row["code"]
    if not (isinstance(name, str) and isinstance(message, str) and isinstance(stack, str)):
        raise MalformedMessage("an error needs a name, a message and a stack")
    if code is not None and (not isinstance(code, str) or not _KIND.fullmatch(code)):
        raise MalformedMessage("an error's code must be one of ours")
    return Thrown(name[:_NAME_CHARACTERS], message[:_MESSAGE_CHARACTERS], stack[:_STACK_CHARACTERS], code)
