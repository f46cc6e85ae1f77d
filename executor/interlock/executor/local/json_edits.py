"""Setting a value in a JSON text that people keep: all else stays as they wrote it, space by space.

A short value stands in one line, a longer one in several, set in as the text around it is. An object that stands in one
line itself is written anew.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

_WIDTH: Final = 100
_BLANK: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder()


def with_value(text: str, path: Sequence[str | int], value: JsonValue) -> str:
    """Return a text with a value in the place that keys and numbers lead to. What is there already is replaced.

    The text is JSON, the last step is a key of an object that is there. ValueError where it is not.
    """
    at = _begins(text, 0)
    for step in path[:-1]:
        at = _step(text, at, step).begins
    key = path[-1]
    members = _members(text, at)
    found = next((member for member in members if member.key == key), None)
    if not members or not _alone(text, members[0].starts):
        whole, ends = _DECODER.raw_decode(text, at)
        taken = at - text.rfind("\n", 0, at) - 1
        return f"{text[:at]}{pretty({**whole, str(key): value}, _margin(text, at), _unit(text), taken)}{text[ends:]}"
    margin = _margin(text, members[0].starts)
    name = json.dumps(key, ensure_ascii=False)
    written = pretty(value, margin, _unit(text), len(margin) + len(name) + 2)
    if found is not None:
        return f"{text[: found.begins]}{written}{text[found.ends :]}"
    last = members[-1].ends
    return f"{text[:last]},\n{margin}{name}: {written}{text[last:]}"


def pretty(value: JsonValue, margin: str = "", unit: str = "  ", taken: int = 0) -> str:
    """Return a value as people write it. `margin` is what its line begins with, `taken` how much of it is used."""
    inline = _inline(value)
    if not isinstance(value, dict | list) or not value or taken + len(inline) <= _WIDTH:
        return inline
    inner = margin + unit
    if isinstance(value, list):
        rows = [pretty(one, inner, unit, len(inner)) for one in value]
        return "[\n" + ",\n".join(inner + row for row in rows) + f"\n{margin}]"
    keys = [json.dumps(key, ensure_ascii=False) for key in value]
    rows = [
        f"{key}: {pretty(one, inner, unit, len(inner) + len(key) + 2)}"
        for key, one in zip(keys, value.values(), strict=True)
    ]
    return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{margin}}}"


def _inline(value: JsonValue) -> str:
    if isinstance(value, dict) and value:
        pairs = (f"{json.dumps(key, ensure_ascii=False)}: {_inline(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Member:
    """One of an object or a list: where its key starts, if it has one, and from where to where its value is."""

    key: str | int
    starts: int
    begins: int
    ends: int


def _step(text: str, at: int, step: str | int) -> _Member:
    found = next((member for member in _members(text, at) if member.key == step), None)
    if found is None:
        raise ValueError(f"there is no {step!r}")
    return found


def _members(text: str, at: int) -> list[_Member]:
    opened = text[at : at + 1]
    if opened not in {"{", "["}:
        raise ValueError("there is no object and no list")
    members: list[_Member] = []
    place = _begins(text, at + 1)
    while text[place] not in "}]":
        starts, key = place, len(members)
        if opened == "{":
            key, place = _DECODER.raw_decode(text, place)
            place = _begins(text, _begins(text, place) + 1)  # behind the colon
        _, ends = _DECODER.raw_decode(text, place)
        members.append(_Member(key, starts, place, ends))
        place = _begins(text, ends)
        place = _begins(text, place + 1) if text[place] == "," else place
    return members


def _begins(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _margin(text: str, at: int) -> str:
    """Return the blanks that the line of a place begins with."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(_BLANK))]


def _alone(text: str, at: int) -> bool:
    """Whether nothing stands before a place in its line."""
    return not text[text.rfind("\n", 0, at) + 1 : at].strip(_BLANK)


def _unit(text: str) -> str:
    """Return what one level is set in by: as the first line that is."""
    for line in text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        if blanks and line.strip():
            return blanks
    return "  "
