"""Readable, writable and transform streams. The package runs the tests of the standard; these say it works here."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "expression", ["new ReadableStream()", "new ReadableStream({ type: 'bytes' })", "new TransformStream()"]
)
def test_streams_show_on_the_console_as_in_node(in_node: Any, console_of: Any, expression: str) -> None:
    assert console_of(f"console.log({expression})") == in_node(f"return require('util').inspect({expression})")


def test_a_transferred_chunk_is_detached_from_its_sender(value_of: Any) -> None:
    assert value_of(
        "(async () => { const mine = new Uint8Array([1, 2]); const s = new ReadableStream({ type: 'bytes', start(c) { "
        "c.enqueue(mine) } }); const { value } = await s.getReader().read(); return [mine.length, [...value]] })()"
    ) == [0, [1, 2]]


def test_ten_thousand_chunks_pass_within_a_runs_time(run_js: Any) -> None:
    ran = run_js("""module.exports = async () => {
        let sent = 0, seen = 0;
        const source = new ReadableStream({ pull(c) { sent++ < 10_000 ? c.enqueue(sent) : c.close() } });
        for await (const chunk of source.pipeThrough(new TransformStream())) seen += chunk;
        return seen;
    }""")
    assert (ran.error, ran.output) == (None, 50_005_000)
