"""What of the network's answers is kept in a case, and what is not: a case is a file that many people read.

- Secrets are `***` wherever they stand, as everywhere; so are the credentials that a request carried.
- So is what is called a token, a password or the like, at any depth, and what looks like one: a JWT, `Bearer ...`, a
  private key. A token that came in one answer is hidden in the others, too, and in the URLs that it was put into.
- Of the headers those alone are kept that actions read and that hold neither cookies nor credentials, and are the same
  the next time.

A URL is concealed in the same way where an answer is looked for, so that the placeholder of a secret finds it.
"""

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote_plus

from pydantic import JsonValue

from interlock.secrets import Masker

MASK: Final = "***"
HEADERS: Final = ("content-type", "link", "location", "retry-after", "x-total-count")
"""Headers of answers that are kept."""

_DEEPEST: Final = 100
"""Objects and lists inside each other, as of events."""
_SHORTEST_SPREAD: Final = 12
"""Characters of a token that is looked for elsewhere, too: a shorter one may be a word."""
_CALLED: Final = re.compile(
    r"(.*[_.])?(tokens?|jwt|pass(word|wd|phrase|code)?|pwd|secrets?|api_?keys?|access_?keys?|private_?keys?|credentials?"
    r"|authorization|assertion|cookies?|otp|sig(nature)?)",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LIKE_ONE: Final = re.compile(
    r"\beyJ[\w-]{5,1000}+\.[\w-]*\.[\w-]*"
    r"|(?<=\bBearer )[^\s\",;*]{4,}|(?<=\bBasic )[A-Za-z0-9+/=]{4,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_PARAMETER: Final = re.compile(r"""(?P<name>[?&][^=&#?\s]+)=[^&#>\s"']*""")
_NAMED_IN_TEXT: Final = re.compile(
    r"""(?<![\w.-])(?P<name>[\w.-]++)(?P<is>["']?\s*[=:]\s*["']?)(?P<value>[^\s"'&,;<>]+)"""
)


class Concealing:
    """Hides fixed values, and what is called or looks like a credential."""

    def __init__(self, values: Iterable[str]) -> None:
        """`values` are the secrets, in clear."""
        self._values = frozenset(values)
        self._masker = Masker(self._values)

    def knowing(self, more: Iterable[str]) -> "Concealing":
        """Return one that hides these, too."""
        return Concealing([*self._values, *more])

    def document(self, value: JsonValue) -> JsonValue:
        """Return a JSON document without them."""
        return self._masker.json(_without(value))

    def values(self, value: JsonValue) -> JsonValue:
        """Return a document without the fixed values alone: what is called a token may be our own word."""
        return self._masker.json(value)

    def text(self, text: str) -> str:
        """Return a text without them."""
        return self._masker.text(_LIKE_ONE.sub(MASK, _NAMED_IN_TEXT.sub(_named, text)))

    def url(self, url: str) -> str:
        """Return a URL without them."""
        return self._masker.text(_LIKE_ONE.sub(MASK, _PARAMETER.sub(_parameter, url)))

    def holds(self, octets: bytes) -> bool:
        """Whether one of the values stands in what is no text."""
        text = octets.decode("latin-1")
        return self._masker.text(text) != text


def tokens(value: JsonValue) -> Iterator[str]:
    """Yield the credentials in a document that are long enough to be looked for elsewhere."""
    if isinstance(value, str):
        yield from (found.group() for found in _LIKE_ONE.finditer(value))
    elif isinstance(value, list):
        for one in value:
            yield from tokens(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if is_credential(key):
                yield from (text for text in _texts(one) if len(text) >= _SHORTEST_SPREAD)
            else:
                yield from tokens(one)


def is_credential(name: str) -> bool:
    """Whether something of this name is one: `access_token`, `clientSecret`, `X-Api-Key`."""
    return _CALLED.fullmatch(_CAMEL.sub("_", name).replace("-", "_")) is not None


def credentials(fields: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the credentials in the headers of a request: a server may repeat what it was sent."""
    for name, value in fields:
        if is_credential(name):
            yield value
            scheme, _, rest = value.partition(" ")
            yield rest or scheme


def document_of(octets: bytes) -> JsonValue:
    """Read a document that a file of cases can hold. ValueError for any other one, RecursionError for one too deep."""

    def number(text: str) -> float:
        found = float(text)
        if not math.isfinite(found):
            raise ValueError("a number that is none")
        return found

    value: JsonValue = json.loads(octets.decode(), parse_constant=number, parse_float=number)
    json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair has no UTF-8
    _check_depth(value, _DEEPEST)
    return value


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Return those of an answer's headers that a case keeps."""
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[name] for name in HEADERS if name in lower}


def base64_of(octets: bytes) -> str:
    """Return what is no text as a case holds it."""
    return base64.b64encode(octets).decode()


def _check_depth(value: JsonValue, left: int) -> None:
    if left < 0:
        raise ValueError("a document that nobody can read")
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_depth(one, left - 1)


def _without(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return _LIKE_ONE.sub(MASK, value)
    if isinstance(value, list):
        return [_without(one) for one in value]
    if isinstance(value, dict):
        return {key: _blank(one) if is_credential(key) else _without(one) for key, one in value.items()}
    return value


def _blank(value: JsonValue) -> JsonValue:
    """All texts and numbers of it gone."""
    if isinstance(value, list):
        return [_blank(one) for one in value]
    if isinstance(value, dict):
        return {key: _blank(one) for key, one in value.items()}
    return value if value is None or isinstance(value, bool) else MASK


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _named(found: re.Match[str]) -> str:
    return f"{found['name']}{found['is']}{MASK}" if is_credential(found["name"]) else found[0]


def _parameter(found: re.Match[str]) -> str:
    return f"{found['name']}={MASK}" if is_credential(unquote_plus(found["name"][1:])) else found[0]
