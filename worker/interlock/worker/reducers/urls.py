"""Merging a `query` option into a URL."""

import json
from collections.abc import Iterator
from urllib.parse import quote, unquote_plus

from pydantic import JsonValue


def with_query(url: str, query: JsonValue) -> str:
    """Return the URL with the keys of `query` set, each overwriting the URL's own parameters of that name.

    Parameters that are not overwritten stay byte for byte as the author wrote them, in place, and the fragment stays
    last. A list gives a parameter for each of its items; `null` only takes the URL's own parameter away; an object is
    passed as JSON.
    """
    if not isinstance(query, dict) or not query:
        return url
    address, hash_mark, fragment = url.partition("#")
    path, _, own = address.partition("?")
    kept = [pair for pair in own.split("&") if pair and _name(pair) not in query]
    added = [f"{_encoded(key)}={_encoded(text)}" for key, value in query.items() for text in _texts(value)]
    parameters = "&".join([*kept, *added])
    return f"{path}{'?' if parameters else ''}{parameters}{hash_mark}{fragment}"


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def _texts(value: JsonValue) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        # JavaScript has one kind of number: 1.0 is written 1. From 1e21 on it writes an exponent, as Python does.
        yield str(int(value))
    else:
        yield json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _encoded(text: str) -> str:
    # A lone surrogate has no UTF-8; URL in JavaScript writes the replacement character for it.
    return quote(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), safe="-._~")
