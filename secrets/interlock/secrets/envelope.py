"""The format of everything sealed, version 1. Bytes, all numbers big-endian:

    offset  size  field
    0       3     "ILK"
    3       1     version of the format: 1
    4       1     what sealed it: 1 a tenant's data key, 2 a key-encryption key
    5       8     which one: the data key's number, or the key-encryption key's id
    13      12    nonce
    25      n     ciphertext, as long as the clear bytes
    25 + n  16    AES-256-GCM tag

The tag covers the first 13 bytes too: they stand in front of the context in the associated data. They have a fixed
length in this version, and a later version changes a byte of them, so header and context cannot run into each other.
The length of a value can be seen from its ciphertext. This file knows the layout; `ciphers.py` has the cryptography.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from interlock.secrets import errors

MAGIC: Final = b"ILK"
VERSION: Final = 1
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16

_HEADER: Final = struct.Struct(">3sBB8s")


class SealedBy(IntEnum):
    """Which kind of key sealed it."""

    DATA_KEY = 1
    KEY_ENCRYPTION_KEY = 2


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the nonce: in clear, and covered by the tag."""

    sealed_by: SealedBy
    key: bytes
    """Eight bytes: the data key's number or the key-encryption key's id."""

    def pack(self) -> bytes:
        """Return its 13 bytes."""
        return _HEADER.pack(MAGIC, VERSION, self.sealed_by, self.key)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something sealed, in its parts."""

    header: Header
    nonce: bytes
    ciphertext: bytes
    """With the tag at its end."""

    def pack(self) -> bytes:
        """Return the bytes to store."""
        return self.header.pack() + self.nonce + self.ciphertext


def unpack(sealed: bytes) -> Envelope:
    """Return the parts of what was stored. Raises `SealBroken` when it is not of this format."""
    if len(sealed) < _HEADER.size + NONCE_BYTES + TAG_BYTES:
        raise errors.SealBroken("What is stored is too short to be sealed: it was cut. Restore it, or set it again.")
    magic, version, sealed_by, key = _HEADER.unpack_from(sealed)
    if magic != MAGIC or sealed_by not in list(SealedBy):
        raise errors.SealBroken(
            "What is stored was not sealed by Interlock, or is damaged. Restore it, or set it again."
        )
    if version != VERSION:
        raise errors.SealBroken(
            f"What is stored has version {version} of the format; this Interlock reads version {VERSION}. "
            "Use a newer Interlock, or restore it if it is damaged."
        )
    nonce_end = _HEADER.size + NONCE_BYTES
    return Envelope(Header(SealedBy(sealed_by), key), sealed[_HEADER.size : nonce_end], sealed[nonce_end:])
