"""Secrets as tools send them with an action or a module: all their names, and values only where one is new.

A name without a value, or with the marker that tools put in its place, keeps the value that is stored; the value of a
name that is not there any more is forgotten.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from interlock.executor.errors import Invalid
from interlock.executor.service.log_sinks import NOT_SHOWN
from interlock.secrets import SecretValue


class Given(Protocol):
    """An entry of such a list."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def value(self) -> str | None:
        """Its value, where there is a new one."""
        ...


def secrets_given(given: Sequence[Given]) -> Mapping[str, SecretValue | None]:
    """Return secrets by name, None for a value that stays. Raises Invalid."""
    secrets = {each.name: _value(each.value) for each in given}
    if len(secrets) < len(given):
        raise Invalid("invalid_body", "a secret is named twice", "name each secret once")
    return secrets


def _value(text: str | None) -> SecretValue | None:
    return None if text is None or text == NOT_SHOWN else SecretValue(text)
