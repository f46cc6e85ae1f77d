"""The address of a request is what URL makes of it, also where a request does without the parser."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interlock.sandbox import Image, Limits, Sandbox

SOURCE = """
const address = (f) => { try { return f() } catch (e) { return e.name } };
module.exports = (texts) => texts.map((text) => [
  address(() => new Request(text).url),
  address(() => {
    const url = new URL(text);
    if (url.username || url.password) throw new TypeError();
    return url.href;
  }),
]);
"""


@pytest.fixture(scope="module")
def both(sandbox: Sandbox) -> Callable[[list[str]], list[list[str]]]:
    """What a request and URL make of addresses."""
    loaded: list[Image] = []

    async def run(texts: list[str]) -> Any:
        if not loaded:
            loaded.append(await sandbox.load(SOURCE, limits=Limits()))
        result = await sandbox.run(loaded[0], json.dumps(texts).encode(), limits=Limits())
        assert result.error is None, result.error
        return result.output

    return lambda texts: asyncio.run(run(texts))


PIECES = [
    "http://", "https://", "HTTP://", "https:/", "a", "a.b", "example.com", "xn--a", "1", "1.2.3.4", "0x7f",
    "localhost", "A", "ü", "-", "_", ".", "..", "%2e", "%2E%2e", "/", "//", "/a", "/a/./b", "/..", "?", "?a=b",
    "'", "%", "%zz", "#", "#x", ":", ":80", ":443", ":8080", ":0", ":65535", ":65536", ":080", "@", "[::1]",
    "\\", " ", "\t", '"', "<", "{", "^", "|", "`", "~",
]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), min_size=1, max_size=30))
@settings(max_examples=150)
@example(
    ["https://a", "https://a?b", "https://a.1/", "https://a.0x1/", "https://a.b.:8080/", "http://a:443/", "http://a-/"]
)
@example(
    [
        "https://a/%2e",
        "https://a/b/..",
        "https://a/b?'",
        "https://a/'",
        "https://a.xn--b/",
        "https://a/.b",
        "https://a/b.",
    ]
)
def test_a_request_has_the_address_that_url_makes(
    both: Callable[[list[str]], list[list[str]]], texts: list[str]
) -> None:
    prefixed = [*texts, *(f"https://{text}" for text in texts), *(f"http://a.example/{text}" for text in texts)]
    for request, url in both(prefixed):
        assert request == url
