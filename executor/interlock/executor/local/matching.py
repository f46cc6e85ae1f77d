"""What was expected, compared with what came.

An object expects the keys that it names, and may meet more. A list expects as many, in order. All else is equal or not;
numbers are compared as numbers, and true is none. An object with one key of these says it another way:

    {"$any": true}                 there is something, whatever it is
    {"$absent": true}              the key is not there
    {"$matches": "^usr_"}          a text in which this regular expression (Python's) is found
    {"$contains": [a, b]}          a list in which each of these is met by one
    {"$exactly": value}            the same, and nothing beside it
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where both differ. `got` is None, and `missing` true, where there is nothing."""

    place: str
    expected: JsonValue
    got: JsonValue = None
    missing: bool = False
    note: str = ""


def differences(expected: JsonValue, got: object, place: str) -> Iterator[Difference]:
    """Yield every place where what came is not what was expected."""
    rule = _rule(expected)
    if rule is not None:
        yield from rule(got, place)
    elif got is ABSENT:
        yield Difference(place, expected, missing=True)
    elif isinstance(expected, dict) and isinstance(got, dict):
        for key, value in expected.items():
            yield from differences(value, got.get(key, ABSENT), f"{place}{_step(key)}")
    elif isinstance(expected, list) and isinstance(got, list):
        for number in range(max(len(expected), len(got))):
            here = f"{place}[{number}]"
            if number >= len(expected):
                yield Difference(here, None, got[number], note="nothing was expected here")
            else:
                yield from differences(expected[number], got[number] if number < len(got) else ABSENT, here)
    elif not _same(expected, got):
        yield Difference(place, expected, _json(got))


def in_order(expected: Sequence[JsonValue], got: Sequence[JsonValue], place: str) -> Iterator[Difference]:
    """Yield each of those expected that is not met by one of what came, behind the one before it."""
    at = 0
    for number, one in enumerate(expected):
        met = next((i for i in range(at, len(got)) if not any(differences(one, got[i], ""))), None)
        if met is None:
            earlier = any(not any(differences(one, before, "")) for before in got[:at])
            note = "it came, but earlier than the one before it" if earlier else "none of what came is it"
            yield Difference(f"{place}[{number}]", one, list(got), note=note)
        else:
            at = met + 1


def wrong_rule(expected: JsonValue) -> str:
    """Return what is wrong with a value's rules, at any depth; nothing when all of them can be followed."""
    if isinstance(expected, list):
        return next(filter(None, map(wrong_rule, expected)), "")
    if not isinstance(expected, dict):
        return ""
    named = next((key for key in expected if key.startswith("$")), None)
    if named is None:
        return next(filter(None, map(wrong_rule, expected.values())), "")
    if len(expected) > 1:
        return f"{named} stands alone in its object"
    return _wrong(named, expected[named])


def _wrong(name: str, value: JsonValue) -> str:
    if name in {"$any", "$absent"}:
        return "" if value is True else f"{name} is true"
    if name == "$matches":
        return _pattern_wrong(value)
    if name == "$contains":
        return wrong_rule(value) if isinstance(value, list) else "$contains is a list"
    return "" if name == "$exactly" else f"there is no rule {name}; there are: {', '.join(_RULES)}"


def _pattern_wrong(value: JsonValue) -> str:
    try:
        re.compile(value if isinstance(value, str) else "(")
    except re.error:
        return "$matches is a regular expression"
    return ""


_Rule = Callable[[object, str], Iterator[Difference]]


def _rule(expected: JsonValue) -> _Rule | None:
    if not isinstance(expected, dict) or len(expected) != 1:
        return None
    [(name, value)] = expected.items()
    rule = _RULES.get(name)
    if rule is None:
        return None

    def followed(got: object, place: str) -> Iterator[Difference]:
        if not rule(value, got):
            yield Difference(place, expected, None if got is ABSENT else _json(got), missing=got is ABSENT)

    return followed


def _contains(value: JsonValue, got: object) -> bool:
    if not isinstance(value, list) or not isinstance(got, list):
        return False
    return all(any(not any(differences(one, each, "")) for each in got) for one in value)


_RULES: Final[Mapping[str, Callable[[JsonValue, object], bool]]] = {
    "$any": lambda _value, got: got is not ABSENT,
    "$absent": lambda _value, got: got is ABSENT,
    "$matches": lambda value, got: isinstance(got, str) and re.search(str(value), got) is not None,
    "$contains": _contains,
    "$exactly": lambda value, got: _equal(value, got),  # noqa: PLW0108 - it is defined below
}


def _equal(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return _same(one, other)


def _same(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return type(one) is type(other) and one == other


def _json(got: object) -> JsonValue:
    made: JsonValue = got  # type: ignore[assignment]
    return made


def _step(key: str) -> str:
    return f".{key}" if re.fullmatch(r"[A-Za-z_]\w*", key) else f"[{key!r}]"
