"""fetch over the host's operations: what is asked, what the program sees, and how each failure reads."""

import asyncio
import base64
from typing import Any

import pytest
from fetching import Host, answer, body_of, never

from interlock.sandbox import Limits, OperationFailed

# -- What the host is asked ------------------------------------------------------------------------------------------


def test_a_get_asks_for_the_address_with_what_every_request_says(fetching: Any) -> None:
    host = Host([answer("hello")])
    assert fetching(host, "return (await fetch('https://Example.com/a b?q#frag')).text()") == "hello"
    assert host.requests == [
        {
            "method": "GET",
            "url": "https://example.com/a%20b?q",
            "headers": [["accept", "*/*"], ["user-agent", "Interlock"]],
            "body": None,
            "streams": False,
            "redirect": "follow",
            "decompress": True,
        }
    ]
    assert host.kinds == ["fetch.start"]


def test_headers_go_out_as_the_program_wrote_them(fetching: Any) -> None:
    host = Host([answer()])
    fetching(
        host, "await fetch('https://a/', { headers: { 'X-Own': '1', Accept: 'a/b', 'User-Agent': 'me', host: 'b' } })"
    )
    assert host.requests[0]["headers"] == [["X-Own", "1"], ["Accept", "a/b"], ["User-Agent", "me"], ["host", "b"]]


@pytest.mark.parametrize(
    ("body", "sent", "type_"),
    [
        ("'é'", "é".encode(), "text/plain;charset=UTF-8"),
        ("JSON.stringify({ a: 1 })", b'{"a":1}', "text/plain;charset=UTF-8"),
        ("new URLSearchParams({ a: 'b c' })", b"a=b+c", "application/x-www-form-urlencoded;charset=UTF-8"),
        ("new Uint8Array([0, 255])", b"\0\xff", None),
        ("new Blob(['x'], { type: 'a/b' })", b"x", "a/b"),
        ("''", b"", "text/plain;charset=UTF-8"),
    ],
)
def test_bodies_go_out_whole_with_their_type(fetching: Any, body: str, sent: bytes, type_: str | None) -> None:
    host = Host([answer()])
    fetching(host, f"await fetch('https://a/', {{ method: 'post', body: {body} }})")
    assert host.requests[0]["method"] == "POST"
    assert body_of(host.requests[0]) == sent
    assert dict(host.requests[0]["headers"]).get("content-type") == type_


def test_a_form_goes_out_with_its_boundary(fetching: Any) -> None:
    host = Host([answer()])
    fetching(
        host, "const f = new FormData(); f.append('a', '1'); await fetch('https://a/', { method: 'POST', body: f })"
    )
    type_ = dict(host.requests[0]["headers"])["content-type"]
    boundary = type_.removeprefix("multipart/form-data; boundary=")
    assert body_of(host.requests[0]) == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--{boundary}--\r\n'.encode()
    )


@pytest.mark.parametrize("redirect", ["follow", "manual", "error"])
def test_the_host_follows_redirects_or_not(fetching: Any, redirect: str) -> None:
    host = Host([answer(status=302, headers=[("location", "/b")])])
    seen = fetching(
        host,
        f"const r = await fetch('https://a/', {{ redirect: '{redirect}' }}); "
        "return [r.status, r.type, r.headers.get('location')]",
    )
    assert (host.requests[0]["redirect"], seen) == (redirect, [302, "basic", "/b"])


def test_what_only_browsers_care_for_changes_nothing(fetching: Any) -> None:
    host = Host([answer("ok")])
    assert (
        fetching(
            host,
            "return (await fetch('https://a/', { mode: 'no-cors', credentials: 'include', cache: 'no-store', "
            "integrity: 'x', "
            "referrer: 'https://b/', referrerPolicy: 'origin', keepalive: true, priority: 'high' })).text()",
        )
        == "ok"
    )


def test_a_request_object_is_fetched(fetching: Any) -> None:
    host = Host([answer()])
    fetching(host, "await fetch(new Request('https://a/', { method: 'PUT', body: 'x' }), { headers: { b: 'c' } })")
    assert (host.requests[0]["method"], body_of(host.requests[0])) == ("PUT", b"x")
    assert ["b", "c"] in host.requests[0]["headers"]


# -- What the program sees -------------------------------------------------------------------------------------------


def test_a_response_says_everything_of_the_answer(fetching: Any) -> None:
    host = Host(
        [
            answer(
                '{"a":1}',
                status=201,
                text="Created",
                headers=[("Content-Type", "application/json"), ("set-cookie", "a=1"), ("set-cookie", "b=2")],
                url="https://b/",
                redirected=True,
            )
        ]
    )
    assert fetching(
        host,
        "const r = await fetch('https://a/'); return [r.status, r.ok, r.statusText, r.url, r.redirected, r.type, "
        "r.headers.get('content-type'), r.headers.getSetCookie(), await r.json(), r.bodyUsed, r instanceof Response]",
    ) == [
        201, True, "Created", "https://b/", True, "basic", "application/json", ["a=1", "b=2"], {"a": 1}, True, True,
    ]  # fmt: skip


def test_its_headers_cannot_be_changed(fetching: Any) -> None:
    host = Host([answer()])
    seen = fetching(
        host, "const r = await fetch('https://a/'); try { r.headers.set('a', 'b') } catch (e) { return e.message }"
    )
    assert seen == "immutable"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 205)])
def test_some_answers_have_no_body(fetching: Any, method: str, status: int) -> None:
    host = Host([answer(status=status)])
    assert fetching(
        host, f"const r = await fetch('https://a/', {{ method: '{method}' }}); return [r.body, await r.text()]"
    ) == [None, ""]


def test_a_long_answer_is_read_to_its_end(fetching: Any) -> None:
    host = Host([answer("one ", stream=7)], {7: [b"two ", b"", "thr\u00e9".encode()[:4], "thr\u00e9".encode()[4:]]})
    assert fetching(host, "return (await fetch('https://a/')).text()") == "one two thr\u00e9"
    assert host.kinds == ["fetch.start", *["fetch.read"] * 5]


def test_nothing_is_read_of_an_answer_that_nobody_reads(fetching: Any) -> None:
    host = Host([answer("one", stream=7)], {7: [b"two"]})
    assert fetching(host, "const r = await fetch('https://a/'); r.body; await null; return r.status") == 200
    assert host.kinds == ["fetch.start"]


def test_a_stream_reads_as_the_program_asks_for_more(fetching: Any) -> None:
    host = Host([answer("one", stream=7)], {7: [b"two", b"three"]})
    assert fetching(
        host,
        "const seen = []; for await (const chunk of (await fetch('https://a/')).body) { "
        "seen.push(String.fromCharCode(...chunk)); if (seen.length === 2) break } await later(); return seen",
    ) == ["one", "two"]
    assert host.kinds == ["fetch.start", "fetch.read", "fetch.cancel"]
    assert host.cancelled == [7]


def test_clones_read_the_same_answer(fetching: Any) -> None:
    host = Host([answer("one", stream=7)], {7: [b"two"]})
    assert fetching(
        host, "const r = await fetch('https://a/'); const c = r.clone(); return [await r.text(), await c.text()]"
    ) == [
        "onetwo",
        "onetwo",
    ]


def test_several_are_fetched_at_the_same_time(fetching: Any) -> None:
    together = asyncio.Event()
    host = Host()

    async def meet(_: Any) -> Any:
        if len(host.requests) == 3:
            together.set()
        await together.wait()
        return answer("x")

    host.starts = [meet, meet, meet]
    assert fetching(
        host, "return Promise.all(['a', 'b', 'c'].map(async (h) => (await fetch('https://' + h)).text()))"
    ) == ["x", "x", "x"]


# -- Uploads ---------------------------------------------------------------------------------------------------------


def test_a_stream_goes_out_piece_by_piece(fetching: Any) -> None:
    host = Host()
    host.starts = [host.thanks]
    assert (
        fetching(
            host,
            "const body = ReadableStream.from([new Uint8Array([65]), new Uint8Array([66, 67])]); "
            "return (await fetch('https://a/', { method: 'POST', body, duplex: 'half' })).text()",
        )
        == "thanks"
    )
    assert host.requests[0]["streams"] is True
    assert host.requests[0]["body"] is None
    assert host.written == {host.requests[0]["upload"]: [b"A", b"BC", b""]}


def test_the_next_piece_is_made_when_the_peer_took_the_last(fetching: Any) -> None:
    host = Host()
    host.starts = [host.thanks]
    seen = fetching(
        host,
        "let made = 0, most = 0, at = 0; const body = new ReadableStream({ pull(c) { made++; "
        "if (made > 5) c.close(); else c.enqueue(new Uint8Array(10)) } }, { highWaterMark: 0 }); "
        "await fetch('https://a/', { method: 'POST', body, duplex: 'half' }); return made",
    )
    assert seen == 6
    assert [len(piece) for piece in host.written[host.requests[0]["upload"]]] == [10] * 5 + [0]


def test_large_bytes_go_out_in_pieces_with_their_length(fetching: Any) -> None:
    host = Host()
    host.starts = [host.thanks]
    fetching(host, "await fetch('https://a/', { method: 'POST', body: new Uint8Array(3_000_000).fill(7) })")
    (request,) = host.requests
    assert ["content-length", "3000000"] in request["headers"]
    assert b"".join(host.written[request["upload"]]) == b"\7" * 3_000_000


def test_many_large_uploads_at_once_do_not_make_a_message_too_long(fetching: Any) -> None:
    host = Host([answer("x")] * 12)
    assert (
        fetching(
            host,
            "const body = new Uint8Array(1_000_000); const post = async () => "
            "(await fetch('https://a/', { method: 'POST', body })).text(); "
            "return (await Promise.all(Array.from({ length: 12 }, post))).join('')",
        )
        == "x" * 12
    )
    assert {len(request["body"]) for request in host.requests} == {len(base64.b64encode(bytes(1_000_000)))}


def test_a_peer_that_answers_early_ends_the_upload(fetching: Any) -> None:
    host = Host([answer("too large", status=413)], write_failure=OperationFailed("connection_closed", "gone"))
    assert fetching(
        host,
        "let why; const body = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)) }, "
        "cancel() { why = 'told' } }); const r = await fetch('https://a/', { method: 'POST', body, duplex: 'half' }); "
        "const text = await r.text(); await later(); return [r.status, text, why]",
    ) == [413, "too large", "told"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("new ReadableStream({ pull() { throw new RangeError('mine') } })", "mine"),
        ("ReadableStream.from(['text'])", "Received non-Uint8Array chunk"),
    ],
)
def test_an_upload_that_fails_fails_the_fetch_and_tells_the_host(fetching: Any, source: str, message: str) -> None:
    host = Host([never])
    assert fetching(
        host,
        f"const told = await caught(fetch('https://a/', {{ method: 'POST', body: slow({source}), duplex: 'half' }})); "
        "await later(); return told",
    ) == ["TypeError", "fetch failed", None, None, message]
    assert host.abandoned == ["fetch.start"]


# -- Failures --------------------------------------------------------------------------------------------------------

FAILURES = [
    ("dns_failed", "ENOTFOUND"),
    ("connect_refused", "ECONNREFUSED"),
    ("connect_failed", "EHOSTUNREACH"),
    ("connect_timeout", "UND_ERR_CONNECT_TIMEOUT"),
    ("connection_closed", "UND_ERR_SOCKET"),
    ("tls_failed", "tls_failed"),
    ("http_failed", "http_failed"),
]


@pytest.mark.parametrize(("reason", "code"), FAILURES)
def test_a_failure_of_the_network_reads_as_in_node(fetching: Any, reason: str, code: str) -> None:
    host = Host([OperationFailed(reason, "what happened")])
    assert fetching(host, "return caught(fetch('https://a/'))") == [
        "TypeError",
        "fetch failed",
        code,
        reason,
        "what happened",
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("too_many_redirects", "redirect count exceeded"), ("redirect_refused", "unexpected redirect")],
)
def test_redirects_that_fail_have_the_words_of_node(fetching: Any, reason: str, words: str) -> None:
    host = Host([OperationFailed(reason, "x")])
    assert fetching(host, "return caught(fetch('https://a/'))") == ["TypeError", "fetch failed", reason, reason, words]


@pytest.mark.parametrize(
    "reason", ["egress_denied", "egress_unavailable", "tls_refused", "too_many_bytes", "bad_request"]
)
def test_a_refusal_says_why_in_its_own_message(run_js: Any, reason: str) -> None:
    host = Host([OperationFailed(reason, "10.0.0.1 is private: allow it with --allow db:5432")])
    ran = run_js("module.exports = async () => { await fetch('https://db/') }", perform=host)
    assert (ran.error.name, ran.error.message) == (
        "TypeError",
        "fetch failed: 10.0.0.1 is private: allow it with --allow db:5432",
    )


def test_a_failure_that_nothing_catches_is_reported_with_what_happened(run_js: Any) -> None:
    host = Host([OperationFailed("dns_failed", "no.such.host has no address")])
    ran = run_js("module.exports = async function handler() {\n  await fetch('https://no.such.host/')\n}", perform=host)
    assert (ran.error.code, ran.error.name) == ("action_error", "TypeError")
    assert ran.error.message == "fetch failed: no.such.host has no address"
    assert ran.error.stack.splitlines()[1].startswith("    at handler (action.js:2:")


def test_the_console_shows_the_cause(console_of: Any) -> None:
    shown = console_of("await fetch('https://a/').catch((e) => console.log(e))")
    assert "[cause]: [Error: the host does not perform operations of kind fetch.start]" in shown
    assert "reason: 'unknown_operation'" in shown


def test_a_host_without_a_network_says_so(run_js: Any) -> None:
    ran = run_js("module.exports = async () => { await fetch('https://a/') }")
    assert ran.error.message.startswith("fetch failed: ")


def test_an_answer_that_breaks_off_fails_its_reader(fetching: Any) -> None:
    host = Host([answer("one", stream=7)], {7: [OperationFailed("connection_closed", "the peer closed it")]})
    assert fetching(host, "const r = await fetch('https://a/'); return [r.status, await caught(r.text())]") == [
        200,
        ["TypeError", "terminated", "UND_ERR_SOCKET", "connection_closed", "the peer closed it"],
    ]


def test_a_stream_that_breaks_off_fails_its_reader(fetching: Any) -> None:
    host = Host([answer("one", stream=7)], {7: [OperationFailed("connection_closed", "gone")]})
    assert fetching(
        host,
        "const reader = (await fetch('https://a/')).body.getReader(); await reader.read(); "
        "return [(await caught(reader.read()))[1], (await caught(reader.closed))[1]]",
    ) == ["terminated", "terminated"]


# -- Hostile programs and answers ------------------------------------------------------------------------------------


def test_a_program_that_changed_the_built_ins_only_fools_itself(fetching: Any) -> None:
    host = Host([answer("ok"), answer("ok")])
    assert (
        fetching(
            host,
            "Object.prototype.toJSON = () => 'fooled'; Array.prototype.toJSON = () => 'fooled'; "
            "const r = await fetch('https://a/', { headers: { a: 'b' } }); return r.status",
        )
        == 200
    )
    assert host.requests[0]["url"] == "https://a/"


def test_a_run_that_is_over_leaves_nothing_under_way(fetching: Any) -> None:
    host = Host([never])
    assert fetching(host, "fetch('https://a/').catch(() => 0); return 'done'") == "done"


def test_a_fetch_at_the_top_level_is_made_in_every_run(run_js: Any) -> None:
    host = Host([answer("x"), answer("x")])
    source = "const early = fetch('https://a/'); module.exports = async () => (await early).text()"
    assert [run_js(source, perform=host).output for _ in range(2)] == ["x", "x"]


def test_an_endless_answer_ends_at_a_limit_of_the_run(run_js: Any) -> None:
    class Endless(Host):
        async def fetch_read(self, _args: dict[str, Any]) -> Any:
            return {"data": base64.b64encode(bytes(1 << 18)).decode(), "done": False}

    ran = run_js("module.exports = async () => (await fetch('https://a/')).text()", perform=Endless([answer(stream=1)]))
    assert ran.error.code in {"memory_limit", "host_operation_limit"}


@pytest.mark.parametrize("header", ["a\\nb: c", "a\\r\\nb", "\\0", "é\\u{100}"])
def test_header_values_cannot_break_out(fetching: Any, header: str) -> None:
    host = Host()
    assert (
        fetching(host, f"return (await caught(fetch('https://a/', {{ headers: {{ a: '{header}' }} }})))[0]")
        == "TypeError"
    )
    assert host.kinds == []


@pytest.mark.parametrize(("characters", "ends"), [(2 << 20, None), (5 << 20, "output_limit")])
def test_what_a_program_asks_for_may_be_longer_than_its_output(run_js: Any, characters: int, ends: str | None) -> None:
    init = f"{{ headers: {{ a: 'x'.repeat({characters}) }} }}"
    source = f"module.exports = async () => {{ await fetch('https://a/', {init}) }}"
    # Its own CPU limit: each of 5 million characters is looked at several times, on however slow a machine.
    ran = run_js(source, perform=Host([answer()]), limits=Limits(cpu_ms=20_000))
    assert (ran.error.code if ran.error else None) == ends
