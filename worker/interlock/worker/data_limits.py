"""How much the data may be that actions write: the cache, metadata, claims, prompts.

The defaults are those of Auth0 (docs/COMPATIBILITY.md, Limits); a release may have others, as far as the operator
granted them to its tenant. They hold for each call, for its author, and again on the host for what a flow asks for
together. Nothing is ever shortened: what goes beyond one fails, or is answered as `api.cache` promises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class DataLimits:
    """How much of everything. A value is counted in bytes of UTF-8, data as compact JSON."""

    cache_entries: int = 20
    """Entries of a trigger's cache."""
    cache_key_bytes: int = 64
    cache_value_bytes: int = 4_096
    cache_bytes: int = 8_192
    """Keys and values of a trigger's cache together."""
    cache_lifetime_ms: int = 24 * 60 * 60 * 1_000
    """How long an entry is kept at most."""
    transaction_metadata_key_characters: int = 64
    transaction_metadata_value_bytes: int = 8_192
    transaction_metadata_bytes: int = 16 * 1_024
    """Keys and values of a transaction's metadata together."""
    user_metadata_bytes: int = 32 * 1_024
    """What a flow writes to user_metadata, and to app_metadata."""
    claims_bytes: int = 100 * 1_024
    """The custom claims of one token."""
    prompt_bytes: int = 24 * 1_024
    """A prompt's options."""

    def different(self) -> Mapping[str, int]:
        """Return those that are not the defaults: what a guest has to be told."""
        if self == DEFAULT:
            return {}
        amounts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: amount for name, amount in amounts.items() if amount != getattr(DEFAULT, name)}


DEFAULT: Final = DataLimits()
