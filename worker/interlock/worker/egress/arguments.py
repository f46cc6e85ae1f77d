"""What a guest may say in the arguments of an operation: exact keys, exact types, bounded sizes.

All of it is data from an enemy. What is wrong fails as `bad_request`, with a text that names keys and repeats no value.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from interlock.sandbox import OperationFailed
from interlock.worker.egress import failures
from interlock.worker.egress.connecting import normalised
from interlock.worker.egress.tls import (
    MOST_CA_CHARACTERS,
    MOST_CERTIFICATE_CHARACTERS,
    MOST_KEY_CHARACTERS,
    TlsSettings,
)

Args = Mapping[str, Any]

MOST_NUMBER: Final = 2**53 - 1
"""The greatest number that JavaScript counts to."""

_TLS_KEYS: Final = frozenset({"servername", "ca", "cert", "key", "passphrase", "alpn", "verify"})
_PROTOCOL: Final = re.compile(r"[\x21-\x7e]{1,64}")
_MOST_PROTOCOLS: Final = 8


def keys(args: Args, required: AbstractSet[str], optional: AbstractSet[str] = frozenset()) -> None:
    """Raise unless there are exactly these."""
    given = args.keys()
    if not required <= given <= required | optional:
        raise failures.bad_request(f"the arguments are exactly {', '.join(sorted(required))}")


def number(args: Args, key: str, least: int = 0, most: int = MOST_NUMBER) -> int:
    """Return a whole number."""
    value = args[key]
    if type(value) is not int or not least <= value <= most:
        raise failures.bad_request(f"{key} is a whole number from {least:,} to {most:,}")
    return value


def flag(args: Args, key: str) -> bool:
    """Return true or false."""
    value = args[key]
    if not isinstance(value, bool):
        raise failures.bad_request(f"{key} is true or false")
    return value


def choice(args: Args, key: str, choices: tuple[Any, ...]) -> Any:
    """Return one of the choices."""
    value = args[key]
    for one in choices:
        if type(value) is type(one) and value == one:
            return one
    raise failures.bad_request(f"{key} is one of {', '.join(map(str, choices))}")


def data(args: Args, key: str, most: int) -> bytes:
    """Return bytes, which come as base64."""
    value = args[key]
    if not isinstance(value, str):
        raise failures.bad_request(f"{key} is base64 text")
    if len(value) > most // 3 * 4 + 4:
        raise OperationFailed(failures.TOO_MANY_BYTES, f"{key} has more bytes than the {most:,} that a run may send")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise failures.bad_request(f"{key} is base64 text") from None


def port(args: Args) -> int:
    """Return a port."""
    return number(args, "port", 1, 65_535)


def tls(value: Any) -> TlsSettings:
    """Return the settings of a handshake."""
    if not isinstance(value, dict) or value.keys() != _TLS_KEYS:
        raise failures.bad_request(f"tls has exactly {', '.join(sorted(_TLS_KEYS))}")
    servername = _text(value, "servername", 1_024)
    alpn = value["alpn"]
    if not isinstance(alpn, list) or len(alpn) > _MOST_PROTOCOLS:
        raise failures.bad_request(f"alpn is a list of at most {_MOST_PROTOCOLS} names")
    if not all(isinstance(name, str) and _PROTOCOL.fullmatch(name) for name in alpn):
        raise failures.bad_request("alpn names protocols such as http/1.1")
    return TlsSettings(
        servername=None if servername is None else normalised(servername),
        ca=_text(value, "ca", MOST_CA_CHARACTERS),
        cert=_text(value, "cert", MOST_CERTIFICATE_CHARACTERS),
        key=_text(value, "key", MOST_KEY_CHARACTERS),
        passphrase=_text(value, "passphrase", 1_024),
        alpn=tuple(alpn),
        verify=flag(value, "verify"),
    )


def _text(args: Args, key: str, most: int) -> str | None:
    value = args[key]
    if value is not None and not (isinstance(value, str) and len(value) <= most and value.isascii()):
        raise failures.bad_request(f"{key} is null or a text in ASCII of at most {most:,} characters")
    return value
