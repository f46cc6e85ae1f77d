"""`##NAME##` and `@@NAME@@` in an export: what the deploy tool replaces when it imports.

`##NAME##` becomes the text of the value, `@@NAME@@` (with the quotes around it, if there are some) its JSON. A name is
looked up among the mappings that were given, and in the environment where that was allowed. What is put in is not
looked at again: a value cannot bring other names in.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.executor.errors import ExportRefused

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]{0,127}"
_KEYWORD: Final = re.compile(
    rf"""##(?P<text>{_NAME})##|(?P<quote>["'])@@(?P<quoted>{_NAME})@@(?P=quote)|@@(?P<bare>{_NAME})@@"""
)
_IN_CODE: Final = re.compile(r"##([A-Z][A-Z0-9_]{1,127})##")
_OURS: Final = "INTERLOCK_"
"""Names of the environment that are never handed over: keys of Interlock's own are among them."""
_LEFT: Final = "\ue0a5"
"""Stands around a name that nothing replaces, in a document of which not all matters; a character of no export."""
_LEFT_NAME: Final = re.compile(f"{_LEFT}({_NAME}){_LEFT}")


@dataclass(slots=True)
class Keywords:
    """What names stand for. `environment` None: nothing is taken from it. `taken` are the names that were."""

    mappings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    taken: set[str] = field(default_factory=set)

    def replaced(self, text: str, file: str) -> str:
        """Return a document of which all matters. Raises ExportRefused (keyword_unresolved)."""
        found = self._replaced(text, _mark)
        if _LEFT in found:
            line = found.count("\n", 0, found.index(_LEFT)) + 1
            raise unresolved(found, f"{file}:{line}")
        return found

    def replaced_where_known(self, text: str) -> str:
        """Return a document of which only a part matters: `unresolved` names what is left in that."""
        return self._replaced(text.replace(_LEFT, ""), _mark)

    def replaced_in_code(self, text: str) -> str:
        """Return code: what nothing replaces stays as it was written."""
        return self._replaced(text, lambda found: found.group())

    def _replaced(self, text: str, otherwise: Any) -> str:
        def put(found: re.Match[str]) -> str:
            name = found["text"] or found["quoted"] or found["bare"]
            value = self._value(name)
            if value is None:
                return str(otherwise(found))
            if found["text"]:
                return value if isinstance(value, str) else json.dumps(value)
            return json.dumps(value)

        return _KEYWORD.sub(put, text)

    def _value(self, name: str) -> Any:
        # The environment comes first, as it does in the deploy tool.
        if self.environment is not None and not name.startswith(_OURS) and name in self.environment:
            self.taken.add(name)
            return self.environment[name]
        return self.mappings.get(name)


def unresolved(text: str, where: str) -> ExportRefused:
    """Return the refusal of a text in which a name was left."""
    found = _LEFT_NAME.search(text)
    name = found[1] if found else ""
    return ExportRefused(
        "keyword_unresolved",
        f"{where}: nothing replaces the keyword {name}.",
        "Give --mappings FILE with its value, or --environment if it is a variable of the environment.",
    )


def is_left(value: object) -> bool:
    """Whether a text holds a name that nothing replaced."""
    return isinstance(value, str) and _LEFT in value


def left_in_code(code: str) -> Iterator[tuple[str, int]]:
    """Give the names that stand in code as keywords are written, each with its line."""
    for found in _IN_CODE.finditer(code):
        yield found[1], code.count("\n", 0, found.start()) + 1


def _mark(found: re.Match[str]) -> str:
    name = found["text"] or found["quoted"] or found["bare"]
    return f'"{_LEFT}{name}{_LEFT}"' if found["quoted"] else f"{_LEFT}{name}{_LEFT}"
