"""Whether a recorded argument is what the catalogue asks for.

The guest (worker/guest/arguments.js) checked it already, for its author, but in a realm that it shares with the action:
nothing it says is believed. The rules are the same, from the same data; nothing is corrected here, for a command that
the recorder would not have written has been forged.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.errors import InvalidCommand
from interlock.worker.triggers import Field, Method, Rule

LARGEST_SAFE_INTEGER: Final = 2**53 - 1
DEEPEST: Final = 100
"""Levels of arrays and objects in one argument: far more than a token carries, far less than Python can recurse."""

SPACE: Final = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]")
"""What JavaScript's `trim` takes away (ECMA-262, WhiteSpace and LineTerminator)."""

CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Characters that a URL cannot have: it ends up in a header."""

METADATA_KEY: Final = re.compile(r"[a-zA-Z0-9_-]{1,255}")
WEB_ADDRESS: Final = re.compile(r"https?://[^/?#\\:].*", re.IGNORECASE | re.DOTALL)
NO_RULE: Final = Rule()


def check(method: Method, args: Sequence[Any], trigger_id: str, limits: DataLimits = DEFAULT) -> None:
    """Check the arguments of one command. Raises `InvalidCommand`, which names the method and the parameter."""
    if len(args) > len(method.params):
        raise InvalidCommand(f"{method.signature} takes {len(method.params)} arguments, not {len(args)}.")
    for position, param in enumerate(method.params):
        if position < len(args):
            choices = tuple(choice for params in (method.params, *method.overloads) for choice in params[position].enum)
            check_data(method, param.name, args[position])
            _Check(method, trigger_id, limits).value(param, param.name, args[position], choices)
        elif not param.optional and param.type != "unknown":
            raise _invalid(method, param.name, "is missing")


def check_data(method: Method, path: str, value: Any) -> None:
    """Check that a value is JSON that every later reader can write: finite numbers, whole characters, not too deep."""
    level = [value]
    for _ in range(DEEPEST + 1):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
            elif not _is_plain(item):
                raise _invalid(method, path, "holds a number or a text that JSON cannot carry")
        if not below:
            return
        level = below
    raise _invalid(method, path, f"is nested deeper than {DEEPEST} levels")


class _Check:
    """One method's rules, followed down through the fields of an argument."""

    def __init__(self, method: Method, trigger_id: str, limits: DataLimits) -> None:
        self._method = method
        self._trigger_id = trigger_id
        self._limits = limits

    def value(self, field: Field, path: str, value: Any, choices: Sequence[str]) -> None:
        rule = self._method.rules.get(path, NO_RULE)
        if value is None and rule.nullable:
            return
        if not _has_type(field.type, value):
            raise _invalid(self._method, path, f"is not of type {field.type}")
        if choices and value not in (*choices, *rule.also):
            raise _invalid(self._method, path, "is none of its choices")
        most = self._most(rule, rule.max_json_bytes)
        if most is not None and _json_bytes(value) > most:
            raise _invalid(self._method, path, f"is longer than {most} bytes of JSON")
        if isinstance(value, str):
            self._text(path, rule, value)
        elif isinstance(value, list):
            self._entries(path, rule, value)
        elif isinstance(value, int | float):
            self._number(path, rule, value)
        else:
            self._fields(field.fields, path, value)

    def _most(self, rule: Rule, usual: int | None) -> int | None:
        return usual if usual is None or rule.limit is None else int(getattr(self._limits, rule.limit))

    def _fields(self, fields: Sequence[Field], path: str, value: Any) -> None:
        for field in fields:
            below = f"{path}.{field.name}"
            if field.name in value:
                self.value(field, below, value[field.name], field.enum)
            elif not field.optional:
                raise _invalid(self._method, below, "is missing")

    def _text(self, path: str, rule: Rule, value: str) -> None:
        if rule is NO_RULE:
            return
        characters, size = (self._most(rule, most) for most in (rule.max_chars, rule.max_bytes))
        checks = (
            (rule.min_chars is not None and len(value) < rule.min_chars, "is empty"),
            (characters is not None and len(value) > characters, "has too many characters"),
            (size is not None and len(value.encode()) > size, "has too many bytes"),
            (rule.no_space and SPACE.search(value) is not None, "contains white space"),
            (rule.metadata_key and METADATA_KEY.fullmatch(value) is None, "has characters that a key cannot have"),
            (
                rule.url and not _is_web_address(value),
                "is no absolute URL",
            ),
            (value in rule.forbidden.get(self._trigger_id, ()), "is a forbidden value"),
        )
        self._refuse_first(path, checks)

    def _number(self, path: str, rule: Rule, value: float) -> None:
        whole = isinstance(value, int) or value.is_integer()
        checks = (
            (rule.integer and not whole, "is not a whole number"),
            (rule.min is not None and value < rule.min, "is too small"),
            (rule.max is not None and value > rule.max, "is too large"),
            (rule.safe_number and whole and abs(value) > LARGEST_SAFE_INTEGER, "is too large to be exact"),
        )
        self._refuse_first(path, checks)

    def _entries(self, path: str, rule: Rule, value: list[Any]) -> None:
        checks = (
            (rule.min_entries is not None and len(value) < rule.min_entries, "is empty"),
            (rule.max_entries is not None and len(value) > rule.max_entries, "has too many entries"),
        )
        self._refuse_first(path, checks)
        for item in value:
            if isinstance(item, str):
                self._text(path, rule, item)
            elif isinstance(item, dict):
                self._fields(rule.each, f"{path}[]", item)

    def _refuse_first(self, path: str, checks: Sequence[tuple[bool, str]]) -> None:
        for is_broken, problem in checks:
            if is_broken:
                raise _invalid(self._method, path, problem)


def _has_type(name: str, value: Any) -> bool:
    # `dictionary`, `object`, and the named option types are objects; which fields they have, the data lists.
    return _TYPES.get(name, _is_object)(value)


def _is_web_address(text: str) -> bool:
    return not SPACE.search(text) and not CONTROL.search(text) and WEB_ADDRESS.fullmatch(text) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | bool) or _is_number(value)


def _is_scalar_null_or_array(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(item is None or _is_scalar(item) for item in items)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        # A lone surrogate has no UTF-8: it could be neither stored nor sent.
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, float):
        return math.isfinite(value)
    # An integer that JavaScript wrote fits a double; digits beyond that are somebody's bomb.
    return value is None or isinstance(value, bool) or (isinstance(value, int) and value.bit_length() <= 1024)


def _json_bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _invalid(method: Method, path: str, problem: str) -> InvalidCommand:
    return InvalidCommand(
        f'The guest returned a command that its recorder refuses: {method.name}: parameter "{path}" {problem}.'
    )


_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = MappingProxyType(
    {
        "unknown": lambda _: True,
        "string": _is_text,
        "number": _is_number,
        "boolean": lambda value: isinstance(value, bool),
        "string | number | boolean": _is_scalar,
        "string | number | boolean | null | array of those": _is_scalar_null_or_array,
        "array of string": lambda value: isinstance(value, list) and all(_is_text(item) for item in value),
        "array of objects": lambda value: isinstance(value, list) and all(_is_object(item) for item in value),
    }
)
