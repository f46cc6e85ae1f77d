"""The forms in which code prints a secret by accident: what a masker looks for.

- As it is, and without the white space around it, which code trims.
- JSON-escaped, JSON inside JSON, and as console.log shows text inside objects.
- Percent-encoded in each of JavaScript's ways, and inside base64.
- Line by line: a console breaks long text at its line ends. A key file may also have its line ends written as \\n, as
  in JSON or in one line of an environment, which code turns into real ones.
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

SHORTEST_PART: Final = 8
"""Characters of a part of a secret, a line or a run of base64: a shorter one would hide ordinary words by chance."""

_LINE_END: Final = re.compile(r"(?:\\[nr]|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])+")

# What nobody escapes and nobody encodes but as base64. A run with secrets makes their forms before anybody has printed
# anything: most keys and tokens are such a text, and this is a tenth of it all.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]*")

# What JavaScript leaves as it is where Python's `quote` does not (ECMA-262, encodeURIComponent and encodeURI; WHATWG
# URL, application/x-www-form-urlencoded, which in turn writes the tilde that Python leaves).
_SAFE_IN_COMPONENT: Final = "!*'()"
_SAFE_IN_URI: Final = _SAFE_IN_COMPONENT + ";/?:@&=+$,#"
_SAFE_IN_FORM: Final = "*"

# Node's `inspect`: these have a name, other control characters two hexadecimal digits.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\\\\\ud800-\udfff]")
_NAMED: Final = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\"}


def forms(value: str) -> Iterator[str]:
    """Yield the forms of a secret, some of them more than once."""
    wholes = dict.fromkeys((value, value.strip()))
    for whole in wholes:
        yield from _escaped(whole)
        yield from _encoded(whole)
    parts = [part for part in _LINE_END.split(value) if len(part) >= SHORTEST_PART and part not in wholes]
    yield from (form for part in parts for form in _escaped(part))


def _escaped(text: str) -> Iterator[str]:
    yield text
    if _PLAIN.fullmatch(text):
        return
    yield from _inspected(text)
    for once in dict.fromkeys((_json(text, ascii_only=True), _json(text, ascii_only=False))):
        yield once
        yield _json(once, ascii_only=False)
        yield from _inspected(once)


def _json(text: str, *, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def _inspected(text: str) -> Iterator[str]:
    shown = _CONTROL.sub(lambda found: _NAMED.get(found.group()) or _hexadecimal(ord(found.group())), text)
    # In single quotes double ones need no escape, and the other way round.
    yield shown
    yield shown.replace("'", "\\'")


def _hexadecimal(code: int) -> str:
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:x}"


def _encoded(text: str) -> Iterator[str]:
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        # Half of a character is legal in a JavaScript string and has no UTF-8: such a text has no encoded form.
        return
    if not _PLAIN.fullmatch(text):
        yield from (quote(text, safe=""), quote(text), quote_plus(text))
        yield from (quote(text, safe=_SAFE_IN_COMPONENT), quote(text, safe=_SAFE_IN_URI))
        yield quote_plus(text, safe=_SAFE_IN_FORM).replace("~", "%7E")
    yield from _base64(octets)
    if not text.isascii() and all(ord(character) < 0x100 for character in text):
        # `btoa` takes each character for a byte.
        yield from _base64(text.encode("latin-1"))


def _base64(octets: bytes) -> Iterator[str]:
    # base64 cuts bytes into threes: the same secret looks different at each of the three places it can start, as in
    # "Basic " + base64(user + ":" + secret). The digits it shares with its neighbours are left out.
    for before in range(3):
        digits = base64.b64encode(bytes(before) + octets).decode()
        certain = digits[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6]
        if len(certain) >= SHORTEST_PART:
            yield certain
            yield certain.replace("+", "-").replace("/", "_")
