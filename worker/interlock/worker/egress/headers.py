"""The headers of a request as a guest gives them: checked, and what belongs to the connection taken out.

What frames a message or belongs to one hop is ours (RFC 9110, section 7.6.1; RFC 9112, section 6): a guest that could
write it could put a second request behind the first. It is let fall, as browsers let it fall (Fetch, "forbidden
request-header"): libraries send it out of habit. So is `host`, which is the URL's own: a request cannot be decided for
one site and meant for another.
"""

import re
from typing import Any, Final

from interlock.worker.egress import failures
from interlock.worker.egress.limits import EgressLimits

Fields = tuple[tuple[bytes, bytes], ...]

ENCODINGS: Final = b"gzip, deflate, br"

_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
# RFC 9110, section 5.5: visible characters, spaces, tabs and obs-text.
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})  # Fetch, "forbidden method"
_OURS: Final = frozenset(
    """
    connection expect host http2-settings keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer
    transfer-encoding upgrade
    """.split()
)
_SECRET: Final = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
_OF_A_BODY: Final = frozenset(
    {b"content-type", b"content-length", b"content-encoding", b"content-language", b"content-location"}
)
_LENGTH: Final = re.compile(r"[0-9]{1,15}")


def method(given: Any) -> str:
    """Return a method. Raises `bad_request`."""
    if not isinstance(given, str) or not _METHOD.fullmatch(given):
        raise failures.bad_request("a method is a short word such as GET")
    if given.upper() in _REFUSED_METHODS:
        raise failures.bad_request(f"requests cannot be made with {given.upper()}")
    return given


def checked(given: Any, limits: EgressLimits) -> tuple[Fields, int | None]:
    """Return the headers in lower case, and the content-length that was given. Raises `bad_request`."""
    if not isinstance(given, list) or len(given) > limits.headers:
        raise failures.bad_request(f"headers are a list of at most {limits.headers} names and values")
    fields: list[tuple[bytes, bytes]] = []
    length: int | None = None
    size = 0
    for row in given:
        if not (isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) and isinstance(row[1], str)):
            raise failures.bad_request("a header is a name and a value, both text")
        name, value = row[0].lower(), row[1].strip(" \t")
        if not _NAME.fullmatch(name):
            raise failures.bad_request("a header's name has letters, digits and hyphens, and at most 256 of them")
        size += len(name) + len(value) + 4
        if size > limits.header_bytes:
            raise failures.bad_request(f"headers have more than {limits.header_bytes:,} bytes together")
        if not _VALUE.fullmatch(value):
            raise failures.bad_request(f"the value of the header {name} has characters that no header may have")
        if name == "content-length":
            if not _LENGTH.fullmatch(value) or length not in {None, int(value)}:
                raise failures.bad_request("content-length is one number")
            length = int(value)
        elif name not in _OURS:
            fields.append((name.encode("ascii"), value.encode("latin-1")))
    return tuple(fields), length


def has(fields: Fields, name: bytes) -> bool:
    """Whether a header is there."""
    return any(key == name for key, _ in fields)


def without_secrets(fields: Fields) -> Fields:
    """Return what may go to another origin (Fetch, HTTP-redirect fetch, step 14; and no cookies, which guests set)."""
    return tuple(field for field in fields if field[0] not in _SECRET)


def without_body(fields: Fields) -> Fields:
    """Return what describes no body (Fetch, "request-body-header name")."""
    return tuple(field for field in fields if field[0] not in _OF_A_BODY)
