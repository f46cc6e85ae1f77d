"""How much the commands of one flow may ask for together (COMPATIBILITY.md, Limits and Argument rules).

What a single call may pass is validated with the call; these are the sums, which only the whole flow shows. Going
beyond one is an error: nothing is ever shortened.
"""

import json
from typing import Final

from pydantic import JsonValue

CLAIMS_BYTES: Final = 100 * 1024
"""JSON of the custom claims of one token."""

SCOPES_ADDED: Final = 1_000
SCOPE_CHANGES: Final = 2_000

USER_METADATA_BYTES: Final = 32 * 1024
"""JSON of what a flow writes to user_metadata, and to app_metadata."""

METADATA_ENTRIES: Final = 25
"""Entries of a session's or a refresh token's metadata, those it had before included."""

TRANSACTION_METADATA_BYTES: Final = 16 * 1024
"""Keys and values of a transaction's metadata."""

CUSTOM_BYTES: Final = 100 * 1024
"""JSON of what a flow asks for under one key of the outcome's `custom`."""

SAML_ATTRIBUTE_CHANGES: Final = 100

PROMPT_BYTES: Final = 24 * 1024
"""JSON of a prompt's options."""


def json_bytes(value: JsonValue) -> int:
    """Return the bytes of the value as compact JSON in UTF-8."""
    # A lone surrogate is a legal JavaScript string without UTF-8; it counts three bytes, as the replacement character
    # would.
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
