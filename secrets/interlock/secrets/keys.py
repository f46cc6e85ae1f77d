"""Key-encryption keys (KEKs): the interface, and the one that is held in memory.

A KEK wraps data keys and nothing else. The interface is asynchronous and never gives a key away, so that a key
management service, in which the key stays, fits it as well.

How keys are written, in a file, a variable or a command's output: each as base64 of 32 random bytes (either alphabet,
with or without padding; `openssl rand -base64 32` makes one), separated by white space or commas, THE NEWEST LAST; what
follows a # up to the end of its line is a comment. Several may be present: the newest wraps, all unwrap.
"""

import base64
import binascii
import os
import re
from collections.abc import Sequence
from typing import Final, Protocol

from interlock.secrets import ciphers, envelope, errors
from interlock.secrets.values import SecretValue

_ID_BYTES: Final = 8

_FEWEST_DIFFERENT_BYTES: Final = 16
"""In 32 random bytes fewer than 16 different ones happen with a probability below 2^-50."""

_HOW_TO_MAKE_ONE: Final = "`openssl rand -base64 32` makes a good one."


class KeyEncryptionKey(Protocol):
    """A key that wraps data keys."""

    @property
    def id(self) -> str:
        """Return 16 hexadecimal digits that name this key and no other. Not secret."""

    async def wrap(self, clear: bytes, context: bytes) -> bytes:
        """Return these few bytes sealed under this key and context."""

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return what was wrapped. Raises `SealBroken`."""


class LocalKey:
    """A key-encryption key in memory. Shows its id and nothing else."""

    __slots__ = ("_cipher", "_id")

    def __init__(self, key: bytes, entropy: ciphers.Entropy = os.urandom) -> None:
        """Take 32 random bytes."""
        # The id comes from the key, so two keys never share one and nobody has to keep a list. What wraps and what
        # names are derived apart: the published id says nothing of the wrapping key.
        identity = ciphers.derive(key, b"interlock/secrets/kek/id/1", _ID_BYTES)
        wrapping = ciphers.derive(key, b"interlock/secrets/kek/wrap/1", ciphers.KEY_BYTES)
        header = envelope.Header(envelope.SealedBy.KEY_ENCRYPTION_KEY, identity)
        self._id = identity.hex()
        self._cipher = ciphers.Cipher(wrapping, header, entropy)

    @property
    def id(self) -> str:
        """Return 16 hexadecimal digits that name this key and no other."""
        return self._id

    async def wrap(self, clear: bytes, context: bytes) -> bytes:
        """Return these bytes sealed under this key and context."""
        return self._cipher.seal(clear, context)

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return what was wrapped. Raises `SealBroken`."""
        return self._cipher.open(wrapped, context)

    def __repr__(self) -> str:
        return f"LocalKey({self._id})"


class KeyProvider(Protocol):
    """Where key-encryption keys come from: a file, a variable, a command, a key management service."""

    @property
    def source(self) -> str:
        """Return how messages call it, such as "the key file /data/kek". Never a key."""

    async def load(self, *, first: bool) -> Sequence[KeyEncryptionKey]:
        """Return the keys, at least one, the newest last. Raises `KeysUnusable`.

        `first`: nothing is sealed yet, so a provider that makes keys may make its first one now. It must not otherwise:
        a new key in place of a lost one opens nothing.
        """


def new_text(entropy: ciphers.Entropy = os.urandom) -> SecretValue:
    """Return a new random key as it is written."""
    return SecretValue(base64.b64encode(entropy(ciphers.KEY_BYTES)).decode("ascii"))


def parse(text: SecretValue, source: str) -> list[LocalKey]:
    """Return the keys that are written in this text, the newest last.

    Raises `KeyRefused`, which says which of them is wrong and never what was read.
    """
    written = _written(text)
    if not written:
        raise errors.KeyRefused(f"There is no key in {source}. {_HOW_TO_MAKE_ONE}")
    keys: list[LocalKey] = []
    for number, one in enumerate(written, start=1):
        key, problem = _key(one)
        if key and key.id in [other.id for other in keys]:
            key, problem = None, "stands there twice: keep one of them"
        if not key:
            place = f"The key in {source}" if len(written) == 1 else f"Key {number} of {len(written)} in {source}"
            raise errors.KeyRefused(f"{place} {problem}. {_HOW_TO_MAKE_ONE}")
        keys.append(key)
    return keys


def _written(text: SecretValue) -> list[SecretValue]:
    words = re.sub(r"#[^\n]*", "", text.reveal()).replace(",", " ").split()
    return [SecretValue(word) for word in words]


def _key(written: SecretValue) -> tuple[LocalKey | None, str]:
    """Return the key, or what is wrong with it. Nothing is raised here, where the key stands in local variables."""
    octets = _octets(written.reveal())
    if octets is None:
        return None, "is not base64"
    if len(octets) != ciphers.KEY_BYTES:
        return None, f"has {len(octets)} bytes instead of {ciphers.KEY_BYTES}: it was cut, or is something else"
    # A password or a place-holder has the right length easily and would be found by guessing. 32 random bytes are all
    # printable with a probability of 2^-45.
    if (octets.isascii() and octets.decode("ascii").isprintable()) or len(set(octets)) < _FEWEST_DIFFERENT_BYTES:
        return None, "is not random: it looks like text or a place-holder"
    return LocalKey(octets), ""


def _octets(word: str) -> bytes | None:
    if not word.isascii():
        return None
    digits = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        octets = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except binascii.Error:
        return None
    # One key has one spelling but for alphabet and padding: bits beyond the last byte would be a typing error.
    return octets if base64.b64encode(octets).decode("ascii").rstrip("=") == digits else None
