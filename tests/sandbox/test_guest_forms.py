"""Forms as multipart text: what is written is read again, by us and by Python; hostile text is refused or read."""

import asyncio
import base64
import json
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.sandbox import Image, Limits, Sandbox

SOURCE = """
const bytes = (text) => Uint8Array.fromBase64(text);
const WAYS = {
  async write(entries) {
    const form = new FormData();
    for (const [name, value, filename] of entries)
      filename === undefined ? form.append(name, value) : form.append(name, new Blob([value]), filename);
    const response = new Response(form);
    return [response.headers.get('content-type'), new Uint8Array(await response.arrayBuffer()).toBase64()];
  },
  async read([type, text]) {
    try {
      const form = await new Response(bytes(text), { headers: { 'content-type': type } }).formData();
      return await Promise.all([...form].map(async ([name, value]) =>
        typeof value === 'string' ? [name, value] : [name, await value.text(), value.name]));
    } catch (e) {
      return e.name;
    }
  },
};
module.exports = ([way, argument]) => WAYS[way](argument);
"""


@pytest.fixture(scope="module")
def ask(sandbox: Sandbox) -> Callable[[str, Any], Any]:
    """What a guest makes of a form."""
    loaded: list[Image] = []

    async def run(way: str, argument: Any) -> Any:
        if not loaded:
            loaded.append(await sandbox.load(SOURCE, limits=Limits()))
        result = await sandbox.run(loaded[0], json.dumps([way, argument]).encode(), limits=Limits())
        assert result.error is None, result.error
        return result.output

    return lambda way, argument: asyncio.run(run(way, argument))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ENTRY = st.tuples(TEXT, TEXT) | st.tuples(TEXT, TEXT, TEXT)


def lines(text: str) -> str:
    """Line breaks as forms have them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(st.lists(ENTRY, max_size=4))
@settings(max_examples=60)
def test_what_is_written_is_read_again(ask: Callable[[str, Any], Any], entries: list[tuple[str, ...]]) -> None:
    written = ask("write", entries)
    expected = [
        [lines(name), lines(value)] if not file else [lines(name), value, *file] for name, value, *file in entries
    ]
    assert ask("read", written) == expected


@given(st.lists(ENTRY, min_size=1, max_size=4))
@settings(max_examples=40)
def test_python_reads_as_many_parts_of_the_same_content(
    ask: Callable[[str, Any], Any], entries: list[tuple[str, ...]]
) -> None:
    type_, text = ask("write", entries)
    body = base64.b64decode(text)
    parts: Any = message_from_bytes(
        b"Content-Type: " + type_.encode() + b"\r\n\r\n" + body, policy=policy.HTTP
    ).get_payload()
    assert [part.get_payload(decode=True) for part in parts] == [
        (value if file else lines(value)).encode() for _, value, *file in entries
    ]


@given(
    st.lists(st.sampled_from([b"--B", b"--", b"\r\n", b"\r\n\r\n", b'Content-Disposition: form-data; name="a"', b"x"]))
)
@settings(max_examples=200)
def test_hostile_text_is_refused_or_read(ask: Callable[[str, Any], Any], pieces: list[bytes]) -> None:
    text = base64.b64encode(b"".join(pieces)).decode()
    answer = ask("read", ["multipart/form-data; boundary=B", text])
    assert answer == "TypeError" or all(len(entry) == 2 for entry in answer)


@given(TEXT)
@settings(max_examples=60)
def test_a_content_type_is_read_or_refused(ask: Callable[[str, Any], Any], type_: str) -> None:
    clean = type_.encode("latin-1", "ignore").decode("latin-1").translate({0: None, 10: None, 13: None})
    assert ask("read", [f"multipart/form-data; {clean}", ""]) == "TypeError"
