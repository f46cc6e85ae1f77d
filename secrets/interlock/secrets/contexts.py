"""Associated data: what a ciphertext is, and where it stands.

AES-GCM opens a ciphertext only under the same associated data it was sealed under. So everything that tells one place
from another goes in here, and two different places must never give the same bytes, or a ciphertext could be moved
between them. The encoding of a context:

    count of parts    1 byte
    each part         1 byte kind (0 nothing, 1 text, 2 number), 4 bytes length (big-endian), that many bytes

Text is UTF-8, a number is 8 bytes, signed, big-endian. Every part says its kind and length before its bytes, so the
bytes can be read back in one way only: `ab` + `c` and `a` + `bc` differ in their lengths, no action differs from an
action called "", and the text "1" from the number 1. The first part says what is sealed, so a wrapped data key never
opens as a value. No joining with separators, which fails when a name holds the separator; no JSON, which has many
spellings of one value.
"""

import struct
from typing import Final

PURPOSE_VALUE: Final = "interlock/secrets/value/1"
PURPOSE_DATA_KEY: Final = "interlock/secrets/data-key/1"
PURPOSE_KEY_CHECK: Final = "interlock/secrets/key-check/1"
PURPOSE_EVENT: Final = "interlock/records/event/1"
PURPOSE_RECORDING: Final = "interlock/records/recording/1"
PURPOSE_EDITED: Final = "interlock/records/edited/1"

_NOTHING: Final = 0
_TEXT: Final = 1
_NUMBER: Final = 2


def of_value(*, tenant: str, action: str | None, name: str, number: int) -> bytes:
    """Return the context of a secret's value. `action` is None for a secret of the tenant."""
    return encode(PURPOSE_VALUE, tenant, action, name, number)


def of_data_key(*, tenant: str, number: int) -> bytes:
    """Return the context of a tenant's wrapped data key."""
    return encode(PURPOSE_DATA_KEY, tenant, number)


def of_key_check(*, kek: str) -> bytes:
    """Return the context of the check value of a key-encryption key."""
    return encode(PURPOSE_KEY_CHECK, kek)


def of_event(*, tenant: str, execution: str) -> bytes:
    """Return the context of an execution's event."""
    return encode(PURPOSE_EVENT, tenant, execution)


def of_recording(*, tenant: str, execution: str, attempt: int) -> bytes:
    """Return the context of what an attempt at an execution was given from outside."""
    return encode(PURPOSE_RECORDING, tenant, execution, attempt)


def of_edited(*, tenant: str, replay: str) -> bytes:
    """Return the context of code that a replay runs instead of an action's."""
    return encode(PURPOSE_EDITED, tenant, replay)


def encode(*parts: str | int | None) -> bytes:
    """Return the canonical bytes of these parts: two different lists never give the same ones."""
    return bytes([len(parts)]) + b"".join(_part(part) for part in parts)


def _part(part: str | int | None) -> bytes:
    match part:
        case None:
            kind, octets = _NOTHING, b""
        case str():
            # surrogatepass gives every Python text bytes of its own: an odd id must not fail here, and not be merged.
            kind, octets = _TEXT, part.encode("utf-8", "surrogatepass")
        case int():
            kind, octets = _NUMBER, struct.pack(">q", part)
    return struct.pack(">BI", kind, len(octets)) + octets
