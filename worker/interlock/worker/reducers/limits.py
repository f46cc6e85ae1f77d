"""How much the commands of one flow may ask for together (COMPATIBILITY.md, Limits and Argument rules).

What a single call may pass is validated with the call; these are the sums, which only the whole flow shows; `sizes`
checks those that a release may set. Going beyond one is an error: nothing is ever shortened.
"""

import json
from typing import Final

from pydantic import JsonValue

SCOPES_ADDED: Final = 1_000
SCOPE_CHANGES: Final = 2_000

METADATA_ENTRIES: Final = 25
"""Entries of a session's or a refresh token's metadata, those it had before included."""

CUSTOM_BYTES: Final = 100 * 1024
"""JSON of what a flow asks for under one key of the outcome's `custom`."""

SAML_ATTRIBUTE_CHANGES: Final = 100


def json_bytes(value: JsonValue) -> int:
    """Return the bytes of the value as compact JSON in UTF-8."""
    # A lone surrogate is a legal JavaScript string without UTF-8; it counts three bytes, as the replacement character
    # would.
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
