"""What a secret may be: its name, its value, and how many there are.

The defaults are those of Auth0 (docs/COMPATIBILITY.md, Limits); an operator may raise them for a tenant. They hold when
a secret is set. What is stored already is opened whatever the limits say by then.
"""

import re
from dataclasses import dataclass
from typing import Final

from interlock.secrets import errors
from interlock.secrets.values import SecretValue

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of everything."""

    per_action: int = 30
    """Secrets of one action."""

    per_tenant: int = 100
    """Secrets of a tenant that all its actions share. Auth0 has none of these: our own choice."""

    name_characters: int = 128
    value_characters: int = 4_096


DEFAULT: Final = Limits()


def check_name(name: str, limits: Limits = DEFAULT) -> None:
    """Raise `NameRefused` unless this is an identifier of allowed length."""
    if len(name) > limits.name_characters or not _NAME.fullmatch(name):
        raise errors.NameRefused(
            "A secret's name must be of letters, digits and _, not begin with a digit, and have at most "
            f"{limits.name_characters} characters."
        )


def check_value(value: SecretValue, limits: Limits = DEFAULT) -> None:
    """Raise `ValueRefused` unless this is Unicode text of allowed length. The empty text is allowed."""
    characters = len(value.reveal())
    if characters > limits.value_characters:
        raise errors.ValueRefused(
            f"A secret's value may have at most {limits.value_characters:,} characters; this one has {characters:,}."
        )
    if not _has_utf8(value):
        raise errors.ValueRefused("A secret's value must be Unicode text: this one holds half of a surrogate pair.")


def _has_utf8(value: SecretValue) -> bool:
    # The system's exception holds the whole text: it must not become the context of ours.
    try:
        value.reveal().encode()
    except UnicodeEncodeError:
        return False
    return True
