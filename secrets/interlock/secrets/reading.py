"""A value from the person or program that sets it: a prompt that shows nothing, or standard input.

Never an argument of a command: arguments stand in the shell's history and in the list of processes.
"""

from collections.abc import Callable
from getpass import getpass
from typing import BinaryIO, Final

from interlock.secrets import errors, limits
from interlock.secrets.limits import Limits
from interlock.secrets.values import SecretValue

_UTF8_BYTES: Final = 4
"""A character needs at most that many."""


def read_value(
    name: str, source: BinaryIO, most: Limits = limits.DEFAULT, ask: Callable[[str], str] = getpass
) -> SecretValue:
    """Return the value for the secret of this name: asked for when `source` is a terminal, else all it holds.

    One line end at the end is left out: `echo` and editors add it. Raises `NameRefused` before anything is asked, and
    `ValueRefused` when the value is empty, too long or no UTF-8.
    """
    limits.check_name(name, most)
    value = SecretValue(ask(f"Value of {name} (not shown): ")) if source.isatty() else _read(source, most)
    if not value.reveal():
        raise errors.ValueRefused(f"No value was given for {name}. Remove the secret if it is no longer needed.")
    limits.check_value(value, most)
    return value


def _read(source: BinaryIO, most: Limits) -> SecretValue:
    # What is longer than any allowed value is refused without reading it all.
    room = most.value_characters * _UTF8_BYTES + len(b"\r\n")
    value = _decoded(source.read(room + 1), room)
    if value is None:
        raise errors.ValueRefused(
            f"The value must be UTF-8 text of at most {most.value_characters:,} characters; other bytes need base64."
        )
    return value


def _decoded(octets: bytes, room: int) -> SecretValue | None:
    """Return the text. Nothing is raised here, where the value stands in local variables."""
    if len(octets) > room:
        return None
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return None
    return SecretValue(text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text)
