"""The URL of a request, read once and strictly: what cannot be read in one way alone is refused.

The guest has parsed it already, as the URL standard says, and hands over what that serialises to; but what a guest says
is checked, and a redirect's address comes from a server. RFC 3986 and the URL standard differ in backslashes, `@`,
white space, control characters and spellings of hosts, and requests have gone astray in each of these differences.

Which ports `fetch` may ask for: https://fetch.spec.whatwg.org/#port-blocking. The list keeps HTTP from being smuggled
into other protocols, as in a mail server's; sockets, which speak those protocols, may use every port.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin

from interlock.worker.egress import names
from interlock.worker.errors import HostRejected, UrlRejected

LONGEST: Final = 32_768
"""Characters. Servers take about 8,000; what is longer is an attempt at something."""

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

BAD_PORTS: Final = frozenset(
    map(
        int,
        """
        0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119
        123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989
        990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080
        """.split(),
    )
)
"""Ports that `fetch` refuses."""

_WRITTEN: Final = re.compile(
    r"""(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):
        (?://(?P<authority>[^/?\#]*)(?P<path>/[^?\#]*)?(?P<query>\?[^\#]*)?(?:\#.*)?)?""",
    re.VERBOSE,
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{0,5}))?")
# An address with a scheme, or with a host of its own.
_ABSOLUTE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?P<authority>[^/?#]*)|[A-Za-z][A-Za-z0-9+.-]*:")
_VISIBLE: Final = re.compile(r"[\x21-\x7e]*")
# What the URL standard leaves as it is in a path or a query; `%` stands for itself.
_KEPT: Final = "!#$%&'()*+,/:;=?@[\\]^_`{|}~-."


@dataclass(frozen=True, slots=True)
class Url:
    """The address of a request. `host` is normalised; `target` is path and query, as the request line has them."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: where a redirect changes one of them, credentials are not sent along."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """What the Host header says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse(text: str) -> Url:
    """Read the URL of a request. Raises UrlRejected (url_invalid), whose message does not repeat it."""
    if len(text) > LONGEST:
        raise UrlRejected(f"the URL has more than {LONGEST:,} characters")
    if not _VISIBLE.fullmatch(text):
        raise UrlRejected("the URL has spaces, control characters or letters beyond ASCII: percent-encode them")
    parts = _WRITTEN.fullmatch(text)
    if parts is None:
        raise UrlRejected("the URL is none: write it whole, such as https://api.example.com/path")
    scheme = parts["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise UrlRejected("only http: and https: can be fetched")
    if parts["authority"] is None:
        raise UrlRejected("two slashes and a host come after the scheme, such as https://api.example.com/path")
    host, port = _place(parts["authority"], DEFAULT_PORTS[scheme])
    path = parts["path"] or "/"
    if "\\" in path:
        raise UrlRejected("the URL's path has a backslash, which some take for a slash: write %5C")
    return Url(scheme, host, port, path + (parts["query"] or ""))


def follow(base: Url, location: str) -> Url:
    """Return where a redirect leads: an absolute address, or one relative to the request's. Raises UrlRejected.

    Characters that may not stand in a URL are percent-encoded, as every client does, but for those that make readers
    disagree about the host.
    """
    if len(location) > LONGEST:
        raise UrlRejected(f"the redirect's address has more than {LONGEST:,} characters")
    trimmed = location.strip(" \t")
    if re.search(r"[\x00-\x1f\x7f-\x9f]", trimmed):
        raise UrlRejected("the redirect's address has control characters")
    absolute = _ABSOLUTE.match(trimmed)
    if absolute and not (absolute["authority"] and _VISIBLE.fullmatch(absolute["authority"])):
        # `https:///b` and `///b` have an empty host or the host b, `https:b` is a path or the host b.
        raise UrlRejected("the redirect's host is missing, or has spaces or letters beyond ASCII")
    try:
        joined = urljoin(str(base), quote(trimmed, safe=_KEPT))
    except ValueError:
        raise UrlRejected("the redirect's address is no URL") from None
    return parse(joined)


def _place(authority: str, default: int) -> tuple[str, int]:
    if "@" in authority:
        raise UrlRejected("a URL with a user name or a password is not fetched: send an Authorization header")
    if "\\" in authority:
        raise UrlRejected("the URL has a backslash in its host")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise UrlRejected("the URL's host and port cannot be read: an IPv6 address stands in brackets")
    try:
        host = names.normalise(parts["host"])
    except HostRejected as error:
        raise UrlRejected(error.message) from None
    port = int(parts["port"]) if parts["port"] else default
    if port > 65_535 or (port != 0 and (parts["port"] or "1")[0] == "0"):
        raise UrlRejected("the URL's port is none from 1 to 65535")
    if port in BAD_PORTS:
        raise UrlRejected(f"fetch refuses port {port}, which is another protocol's: use a socket, or another port")
    return host, port
