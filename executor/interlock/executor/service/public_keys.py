"""Public keys of clients that sign: RSA, as PEM or as JWK, kept as JWK."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from interlock.executor.errors import Invalid

LEAST_BITS: Final = 2_048
MOST_BITS: Final = 8_192
"""What takes a server long enough to verify is no key."""
MOST_CHARACTERS: Final = 16_384


def parsed(given: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a public key as it is kept. Raises Invalid (public_key_invalid), which repeats nothing of it."""
    if isinstance(given, str) and len(given) > MOST_CHARACTERS:
        raise _invalid("it is too long")
    try:
        # A dictionary of its own: the library keeps the one that it is given.
        key = RSAKey.import_key(given if isinstance(given, str) else {**given})
        private = key.is_private
        bits = key.raw_value.key_size
        document = {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "n", "e"}}
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise _invalid("it is none that can be read") from None
    if private:
        raise _invalid("it is a private key: who signs keeps that, and it should be replaced")
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise _invalid(f"it has {bits} bits, and {LEAST_BITS} to {MOST_BITS} are possible")
    return document


def _invalid(why: str) -> Invalid:
    return Invalid("public_key_invalid", f"the public key cannot be used: {why}", "give an RSA key as PEM or JWK")
