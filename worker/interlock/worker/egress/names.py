"""One spelling for a host, decided once: what is checked, what is resolved and what a rule names are the same text.

A host has many spellings, and a filter that reads one while a resolver reads another is a filter with a hole. So this
is the only place where a spelling is read, and what it does not know it refuses instead of interpreting it:

- names: UTS #46 (non-transitional, by the `idna` package), then letters, digits, hyphens and underscores in labels of
  at most 63 characters, 253 together (RFC 1035); lower case, no trailing dot. `_` is in names of services (RFC 8553).
- addresses: four decimal numbers without leading zeros (RFC 6943, section 3.1.1, "strict"), or IPv6 as in RFC 4291,
  with or without brackets. `inet_aton`, and with it a system's resolver, would also read 127.1, 0x7f.0.0.1,
  017700000001 and 2130706433 as 127.0.0.1: so a name whose last label is a number (URL standard, "ends in a number")
  is refused.
- percent-escapes and zone ids (`fe80::1%eth0`) are refused.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import idna

from interlock.worker.errors import HostRejected

MOST_CHARACTERS: Final = 253
"""RFC 1035, section 2.3.4: 255 octets on the wire."""

# More than any host can have before it is mapped; `idna` need not look at a megabyte.
_MOST_GIVEN: Final = 1_024
_LONGEST_LABEL: Final = 63
_LABEL: Final = re.compile(r"[a-z0-9_-]{1,63}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]+")
_DOTTED: Final = re.compile(
    r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HINT_ADDRESS: Final = "write an IPv4 address as four decimal numbers, such as 192.0.2.1"


def normalise(host: str) -> str:
    """Return the one spelling of a host: a name in ASCII, or an address as RFC 5952 writes it, without brackets.

    What it returns, it returns unchanged when asked again. Raises HostRejected (host_invalid), which says what is wrong
    and does not repeat the host.
    """
    if not host:
        raise HostRejected("the host is empty")
    if len(host) > _MOST_GIVEN:
        raise HostRejected("the host is too long")
    if "%" in host:
        if ":" in host:
            raise HostRejected("an address with a zone id (`%eth0`) is not taken")
        raise HostRejected("a host with percent-escapes is not taken: write the characters themselves")
    if ":" in host or host[0] == "[" or host[-1] == "]":
        return str(_ipv6(host))
    if _DOTTED.fullmatch(host):
        return host
    name = host if _PLAIN.fullmatch(host) else _ascii(host)
    return _checked(name.lower().removesuffix("."))


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a normalised host is; None when it is a name."""
    if ":" in host:
        return IPv6Address(host)
    return IPv4Address(host) if _DOTTED.fullmatch(host) else None


def _ipv6(host: str) -> IPv6Address:
    inner = host[1:-1] if host[0] == "[" and host[-1] == "]" else host
    try:
        return IPv6Address(inner)
    except ValueError:
        raise HostRejected(
            "what stands in brackets, or has colons, is no IPv6 address (and a port is given apart)"
        ) from None


def _ascii(host: str) -> str:
    """Map as UTS #46 says. What comes of it is checked again: full-width letters become slashes, dots and digits."""
    try:
        # Without the rules of STD 3, which know no underscore; the alphabet is checked afterwards.
        mapped = idna.uts46_remap(host, std3_rules=False)
        labels = mapped.split(".")
        if any(len(label) > _LONGEST_LABEL for label in labels):  # before Punycode, which takes time squared
            raise HostRejected(f"a label of the host has more than {_LONGEST_LABEL} characters")
        labels = [label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels]
    except (idna.IDNAError, UnicodeError):
        raise HostRejected("the host is no internationalised domain name (UTS #46)") from None
    return ".".join(labels)


def _checked(name: str) -> str:
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise HostRejected(
            "a host is labels of letters, digits, hyphens and underscores, 1 to 63 of them each, with dots between"
        )
    if len(name) > MOST_CHARACTERS:
        raise HostRejected(f"a host has at most {MOST_CHARACTERS} characters")
    if _NUMBER.fullmatch(labels[-1]):
        raise HostRejected(f"an address as an octal, hexadecimal, short or whole number is not taken: {_HINT_ADDRESS}")
    return name
