"""Masking: a secret's value never stands in what people read.

Rules of this file:
- Only values of four characters or more are masked (ARCHITECTURE.md, Secrets): hiding every "1" or "on" would make logs
  unreadable and protect nothing.
- A value is hidden in the forms in which code usually prints it (`forms`).
- Longer forms go first, so that a secret that contains another one disappears whole.
- Long messages, and long text inside objects, come cut off: a secret's beginning is hidden where a cut may have been.
- What was changed on purpose (reversed, hashed, cut in pieces) cannot be recognised and stays: masking catches
  accidents, an action is trusted with its own secrets.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from interlock.secrets import errors
from interlock.secrets.forms import SHORTEST_PART, forms

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MASK = "***"

SHORTEST_MASKED = 4
"""Characters a value needs to be masked."""

_SHORTEST_CUT_OFF: Final = 256
"""Characters of the shortest text that is ever cut off: an error's name."""

_BETWEEN_CUTS: Final = 8_000
"""Fewer characters than lie before any other cut: of a message within its stack, of a text inside an object."""

_CUT: Final = re.compile(r"\n    at |[\"'`]\.\.\. \d+ more character|\Z")


class Masker:
    """Hides a fixed set of secret values. Immutable; one serves a whole run."""

    __slots__ = ("_forms", "_values")

    def __init__(self, values: Iterable[str]) -> None:
        """Take the secrets in clear. Raises `ValueNotMaskable` when one is not text."""
        self._values = frozenset(value for value in values if len(_text(value)) >= SHORTEST_MASKED)
        found = {form for value in self._values for form in forms(value) if len(form) >= SHORTEST_MASKED}
        self._forms = tuple(sorted(found, key=lambda form: (-len(form), form)))

    def __repr__(self) -> str:
        # The default would do, but an explicit one keeps the values out of logs when fields are added.
        return f"Masker({len(self._values)} values)"

    def text(self, text: str) -> str:
        """Return the text with every occurrence of a secret replaced by `MASK`."""
        return self._hidden(text, self._forms)

    def texts(self, texts: Sequence[str]) -> list[str]:
        """Return the texts, masked. Many short ones cost about what a single one of all their characters does."""
        present = self._present(texts)
        return [self._hidden(text, present) for text in texts]

    def json(self, value: JSON) -> JSON:
        """Return the value with secrets hidden in all its strings and keys, at any depth; nothing is changed in place.

        A number is replaced when it is written exactly as a secret is. Two keys that become the same keep their order
        and are told apart by a number in brackets, so that nothing disappears from what is shown.
        """
        if not self._forms:
            return value
        return self._json(value, self._present([*_strings(value)]))

    def _present(self, texts: Sequence[str]) -> Sequence[str]:
        # A file of keys has hundreds of forms, a document thousands of strings: nearly all pairs are passed over here.
        joined = "\0".join(texts)
        return [form for form in self._forms if form in joined]

    def _hidden(self, text: str, present: Sequence[str]) -> str:
        for form in present:
            text = text.replace(form, MASK)
        return self._without_beginnings(text) if len(text) >= _SHORTEST_CUT_OFF and self._forms else text

    def _without_beginnings(self, text: str) -> str:
        kept: list[str] = []
        done = 0
        for cut in _CUT.finditer(text):
            end = cut.start()
            if end - done >= _BETWEEN_CUTS or end == len(text):
                length = self._beginning_length(text[done:end])
                kept += [text[done : end - length], MASK] if length else [text[done:end]]
                done = end
        return "".join(kept)

    def _beginning_length(self, text: str) -> int:
        """Return how many characters at the end of the text are the beginning of a secret; 0 for too few to tell."""
        longest = 0
        for form in self._forms:
            start = text.find(form[:SHORTEST_PART], max(0, len(text) - len(form) + 1))
            while start >= 0 and len(text) - start > longest:
                if len(text) - start >= SHORTEST_PART and form.startswith(text[start:]):
                    longest = len(text) - start
                start = text.find(form[:SHORTEST_PART], start + 1)
        return longest

    def _json(self, value: JSON, present: Sequence[str]) -> JSON:
        if isinstance(value, str):
            return self._hidden(value, present)
        if isinstance(value, dict):
            names = _told_apart(self._hidden(key, present) for key in value)
            return {name: self._json(item, present) for name, item in zip(names, value.values(), strict=True)}
        if isinstance(value, list):
            return [self._json(item, present) for item in value]
        if value is None or isinstance(value, bool):
            return value
        return MASK if json.dumps(value) in self._values else value


def _text(value: object) -> str:
    if not isinstance(value, str):
        # The type alone: the value itself must not reach a traceback's last line.
        raise errors.ValueNotMaskable(f"A secret's value must be text, not {type(value).__name__}.")
    return value


def _strings(value: JSON) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _told_apart(keys: Iterable[str]) -> list[str]:
    names: dict[str, None] = {}
    # Where to go on with the numbers of a key: a guest can make tens of thousands become the same.
    numbers: dict[str, int] = {}
    for key in keys:
        name = key
        while name in names:
            numbers[key] = numbers.get(key, 1) + 1
            name = f"{key} ({numbers[key]})"
        names[name] = None
    return [*names]
