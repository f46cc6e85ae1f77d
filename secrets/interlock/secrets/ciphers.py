"""The only place that encrypts: AES-256-GCM and HKDF-SHA256 of the package `cryptography`.

Nonces are 96 random bits. Two messages under one key with the same nonce would break it, and after n of them that has
happened with a probability below n^2 / 2^97. A data key seals one tenant's values: after a million changes 2^-57. A
key-encryption key wraps one data key a tenant and rotation: a million tenants re-wrapped a thousand times, 2^30
messages, 2^-37. Both stay below the 2^32 messages a key that NIST SP 800-38D (8.3) allows for random nonces, and
rotation begins anew. A key derived for each value would move the bound where nobody gets, at the price of a derivation
for each value of each run: not taken.

GCM does not bind a ciphertext to one key: made on purpose, one can open under two. That helps only against who tries
several keys on one ciphertext; here the key is named by the envelope and the store, and no other is tried.
"""

import contextlib
import os
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from interlock.secrets import envelope, errors

KEY_BYTES: Final = 32

Entropy = Callable[[int], bytes]
"""Gives that many random bytes. Tests hand in their own; nothing else may be used than `os.urandom`."""


class Cipher:
    """Seals and opens under one key. Shows nothing of it."""

    __slots__ = ("_aead", "_entropy", "_header", "_key")

    def __init__(self, key: bytes, header: envelope.Header, entropy: Entropy = os.urandom) -> None:
        """Take 32 bytes of key and what the envelopes say of it."""
        self._key = key
        self._aead = AESGCM(key)
        self._header = header
        self._entropy = entropy

    def derived(self, purpose: bytes) -> "Cipher":
        """Return a cipher under a key that is derived from this one. Its envelopes name the same key."""
        return Cipher(derive(self._key, purpose, KEY_BYTES), self._header, self._entropy)

    def seal(self, clear: bytes, context: bytes) -> bytes:
        """Return the envelope of these bytes; it opens under the same key and context only."""
        nonce = self._entropy(envelope.NONCE_BYTES)
        ciphertext = self._aead.encrypt(nonce, clear, self._header.pack() + context)
        return envelope.Envelope(self._header, nonce, ciphertext).pack()

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the clear bytes. Raises `SealBroken`, without saying which of key, context or bytes was wrong."""
        found = envelope.unpack(sealed)
        if found.header == self._header:
            with contextlib.suppress(InvalidTag):
                return self._aead.decrypt(found.nonce, found.ciphertext, self._header.pack() + context)
        raise errors.SealBroken(
            "What is stored does not open where it stands: it was damaged, or belongs to another tenant, action, name "
            "or number. Restore it, or set the secret again."
        )


def derive(key: bytes, purpose: bytes, length: int) -> bytes:
    """Return `length` bytes for this purpose from a key of full entropy. They tell nothing of it or of each other."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(key)
