"""Masking: a secret's value never stands in what people read.

Rules of this file:
- Only values of four characters or more are masked (ARCHITECTURE.md, Secrets): hiding every "1" or "on" would make logs
  unreadable and protect nothing.
- A value is hidden in the forms in which code usually prints it: as it is, JSON-escaped, as console.log shows text
  inside objects, percent-encoded and inside base64. A console breaks long text at its line ends, so each longer line of
  a key file is hidden too.
- Longer forms go first, so that a secret that contains another one disappears whole.
- What was changed on purpose (reversed, hashed, cut in pieces) cannot be recognised and stays: masking catches
  accidents, an action is trusted with its own secrets.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias
from urllib.parse import quote, quote_plus

from interlock.secrets import errors

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MASK = "***"

SHORTEST_MASKED = 4
"""Characters a value needs to be masked."""

_SHORTEST_PART = 8
"""Characters of a part of a secret, a line or a run of base64: a shorter one would hide ordinary words by chance."""


class Masker:
    """Hides a fixed set of secret values. Immutable; one serves a whole run."""

    __slots__ = ("_forms", "_values")

    def __init__(self, values: Iterable[str]) -> None:
        """Take the secrets in clear. Raises `ValueNotMaskable` when one is not text."""
        self._values = frozenset(value for value in values if len(_text(value)) >= SHORTEST_MASKED)
        forms = {form for value in self._values for form in _forms(value)}
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def __repr__(self) -> str:
        # The default would do, but an explicit one keeps the values out of logs when fields are added.
        return f"Masker({len(self._values)} values)"

    def text(self, text: str) -> str:
        """Return the text with every occurrence of a secret replaced by `MASK`."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def json(self, value: JSON) -> JSON:
        """Return the value with secrets hidden in all its strings and keys, at any depth; nothing is changed in place.

        A number is replaced when it is written exactly as a secret is. Two keys that become the same keep their order
        and are told apart by a number in brackets, so that nothing disappears from what is shown.
        """
        if not self._forms:
            return value
        return self._json(value)

    def _json(self, value: JSON) -> JSON:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            masked: dict[str, JSON] = {}
            for key, item in value.items():
                masked[_free(masked, self.text(key))] = self._json(item)
            return masked
        if isinstance(value, list):
            return [self._json(item) for item in value]
        if value is None or isinstance(value, bool):
            return value
        return MASK if json.dumps(value) in self._values else value


def _text(value: object) -> str:
    if not isinstance(value, str):
        # The type alone: the value itself must not reach a traceback's last line.
        raise errors.ValueNotMaskable(f"A secret's value must be text, not {type(value).__name__}.")
    return value


def _forms(value: str) -> Iterator[str]:
    yield from _escaped(value)
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (form for line in lines if len(line) >= _SHORTEST_PART for form in _escaped(line))
    # Lone surrogates are legal in JavaScript strings and have no UTF-8: such a value has no encoded form to hide.
    octets = value.encode("utf-8", "ignore")
    if octets.decode() != value:
        return
    yield from (quote(value, safe=""), quote(value), quote_plus(value))
    # base64 cuts bytes into threes: the same secret looks different at each of the three places it can start, as in
    # "Basic " + base64(user + ":" + secret). The digits it shares with its neighbours are left out.
    for before in range(3):
        digits = base64.b64encode(bytes(before) + octets).decode()
        certain = digits[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6]
        if len(certain) >= _SHORTEST_PART:
            yield certain
            yield certain.replace("+", "-").replace("/", "_")


def _escaped(text: str) -> Iterator[str]:
    yield text
    for ascii_only in (True, False):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        # Node's console puts text in single quotes, in which double ones need no escape, and the other way round.
        yield escaped.replace('\\"', '"')
        yield escaped.replace('\\"', '"').replace("'", "\\'")


def _free(taken: dict[str, JSON], key: str) -> str:
    if key not in taken:
        return key
    number = 2
    while f"{key} ({number})" in taken:
        number += 1
    return f"{key} ({number})"
