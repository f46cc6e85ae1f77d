"""Aborting a fetch, at every stage: who waits is told the reason, and the host that nobody waits any more."""

import asyncio
from typing import Any

from fetching import Host, answer, never


def test_before_it_begins_nothing_is_asked(fetching: Any) -> None:
    host = Host()
    assert fetching(host, "return caught(fetch('https://a/', { signal: AbortSignal.abort('mine') }))") == "mine"
    assert host.kinds == []


def test_while_headers_are_waited_for(fetching: Any) -> None:
    host = Host([never])
    assert fetching(host, "return caught(fetch('https://a/', { signal: AbortSignal.timeout(5) }))") == [
        "TimeoutError", "The operation was aborted due to timeout", None, None, None,
    ]  # fmt: skip
    assert host.abandoned == ["fetch.start"]


def test_while_the_body_is_read(fetching: Any) -> None:
    host = Host([answer("one", stream=7)], {7: [asyncio.Event()]})
    assert (
        fetching(
            host,
            "const c = new AbortController(); const r = await fetch('https://a/', { signal: c.signal }); "
            "setTimeout(() => c.abort('mine'), 5); const told = await caught(r.text()); await later(); return told",
        )
        == "mine"
    )
    assert (host.abandoned, host.cancelled) == (["fetch.read"], [7])


def test_before_the_body_is_read(fetching: Any) -> None:
    host = Host([answer("one"), answer("one", stream=7)])
    for _ in range(2):
        assert fetching(
            host,
            "const c = new AbortController(); const r = await fetch('https://a/', { signal: c.signal }); "
            "c.abort('mine'); const told = await caught(r.text()); await later(); return [told, r.bodyUsed]",
        ) == ["mine", True]
    assert host.cancelled == [7]


def test_while_a_stream_is_open_its_reader_is_told_at_once(fetching: Any) -> None:
    host = Host([answer("one", stream=7)])
    assert fetching(
        host,
        "const c = new AbortController(); const r = await fetch('https://a/', { signal: c.signal }); "
        "const reader = r.body.getReader(); await reader.read(); c.abort('mine'); "
        "const told = await caught(reader.closed); await later(); return [told, await caught(reader.read())]",
    ) == ["mine", "mine"]
    assert host.cancelled == [7]


def test_after_the_end_it_changes_nothing(fetching: Any) -> None:
    host = Host([answer("one", stream=7)], {7: [b"two"]})
    assert (
        fetching(
            host,
            "const c = new AbortController(); const r = await fetch('https://a/', { signal: c.signal }); "
            "const text = await r.text(); c.abort(); await later(); return text",
        )
        == "onetwo"
    )
    assert host.cancelled == []


def test_while_a_body_is_sent(fetching: Any) -> None:
    host = Host([never])
    assert fetching(
        host,
        "let why; const c = new AbortController(); const body = new ReadableStream({ "
        "pull(controller) { controller.enqueue(new Uint8Array(1)) }, cancel(reason) { why = reason } }); "
        "setTimeout(() => c.abort('mine'), 5); const told = await caught(fetch('https://a/', { method: 'POST', body, "
        "duplex: 'half', signal: c.signal })); await later(); return [told, why]",
    ) == ["mine", "mine"]
    assert "fetch.start" in host.abandoned


def test_the_signal_of_a_request_counts(fetching: Any) -> None:
    host = Host([never])
    assert (
        fetching(
            host,
            "return (await caught(fetch(new Request('https://a/', { signal: AbortSignal.timeout(1) }))))[0]",
        )
        == "TimeoutError"
    )
