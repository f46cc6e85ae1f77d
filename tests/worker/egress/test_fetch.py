"""fetch over HTTP/1.1, against servers that say what a test wants."""

import asyncio
import base64
import contextlib
import gzip
import zlib
from typing import Any

import brotli
import pytest

from loopback import Guest, Network, Opens, Refuses, Serves
from speaking import Http1, answer, saying, silent


def body_of(value: Any) -> bytes:
    return base64.b64decode(value["body"] if "body" in value else value["data"])


async def all_of(guest: Guest, value: Any) -> bytes:
    body, stream = body_of(value), value["stream"]
    while not value["done"]:
        value = await guest("fetch.read", stream=stream)
        body += body_of(value)
    return body


async def test_a_short_answer_is_whole_in_one_operation(guest: Guest, serve: Serves) -> None:
    port = await serve(saying(answer(b"hello", "X-A: b", status="200 Fine")))
    assert await guest.fetch(f"http://a.test:{port}/x?y") == {
        "url": f"http://a.test:{port}/x?y",
        "redirected": False,
        "status": 200,
        "status_text": "Fine",
        "version": "1.1",
        "headers": [["content-length", "5"], ["x-a", "b"]],
        "body": base64.b64encode(b"hello").decode(),
        "done": True,
        "stream": None,
    }


async def test_a_large_answer_comes_in_pieces_of_bounded_size(guest: Guest, serve: Serves) -> None:
    body = bytes(range(256)) * 8_000
    port = await serve(saying(answer(body)))
    value = await guest.fetch(f"http://a.test:{port}/")
    assert len(body_of(value)) <= 65_536
    assert await all_of(guest, value) == body


async def test_a_chunked_answer_and_its_trailers_end_where_they_end(guest: Guest, serve: Serves) -> None:
    chunks = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n"
    )
    port = await serve(saying(chunks))
    assert await all_of(guest, await guest.fetch(f"http://a.test:{port}/")) == b"abcde"


async def test_the_request_is_what_the_guest_asked_for(guest: Guest, serve: Serves) -> None:
    server = Http1(lambda _: answer(b"ok"))
    port = await serve(server)
    headers = [["Content-Type", "text/x"], ["X-Latin", "\u00e9"], ["Connection", "keep-alive"]]
    await guest.fetch(
        f"http://a.test:{port}/p?q=1#f", method="POST", headers=headers, body=base64.b64encode(b"hi").decode()
    )
    _, head, body = server.seen[0]
    assert head.split(b"\r\n")[:-2] == [
        b"POST /p?q=1 HTTP/1.1",
        f"host: a.test:{port}".encode(),
        b"content-type: text/x",
        b"x-latin: \xe9",
        b"content-length: 2",
        b"accept-encoding: gzip, deflate, br",
    ]
    assert body == b"hi"


async def test_a_streamed_body_goes_out_while_the_answer_comes(guest: Guest, serve: Serves) -> None:
    """Both directions at once: the server answers each piece before the next one is sent."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while size := int(await reader.readline(), 16):
            piece = await reader.readexactly(size + 2)
            writer.write(b"%x\r\n%b" % (size, piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    port = await serve(echo)
    value = await guest.fetch(f"http://a.test:{port}/", method="POST", streams=True, upload=7)
    for piece in (b"one", b"two"):
        await guest("fetch.write", stream=7, data=base64.b64encode(piece).decode(), end=False)
        assert body_of(await guest("fetch.read", stream=value["stream"])) == piece
    await guest("fetch.write", stream=7, data="", end=True)
    assert await guest("fetch.read", stream=value["stream"]) == {"data": "", "done": True}


async def test_a_peer_that_does_not_read_holds_the_guest_up(network: Network, serve: Serves) -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._limit = 1  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    port = await serve(deaf)
    piece = base64.b64encode(bytes(1 << 20)).decode()
    async with network.run() as guest:
        starting = asyncio.create_task(guest.fetch(f"http://a.test:{port}/", method="PUT", streams=True, upload=1))
        await asyncio.sleep(0)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 50:
                await asyncio.wait_for(guest("fetch.write", stream=1, data=piece, end=False), 0.5)
                sent += 1
        assert 0 < sent < 20
        starting.cancel()


async def test_an_answer_that_nobody_reads_is_not_taken_off_the_network(guest: Guest, serve: Serves) -> None:
    written = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            await writer.drain()
            written += 65_536

    port = await serve(endless)
    value = await guest.fetch(f"http://a.test:{port}/")
    before = -1
    while before != written:
        before = written
        await asyncio.sleep(0.05)
    assert written < 16 << 20
    await guest("fetch.cancel", stream=value["stream"])


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", brotli.compress),
        ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ],
)
async def test_encoded_answers_are_decoded(guest: Guest, serve: Serves, coding: str, encode: Any) -> None:
    body = b"the same again " * 20_000
    port = await serve(saying(answer(encode(body), f"content-encoding: {coding}")))
    assert await all_of(guest, await guest.fetch(f"http://a.test:{port}/")) == body


async def test_an_encoded_answer_stays_as_it_is_when_the_guest_wants_that(guest: Guest, serve: Serves) -> None:
    body = gzip.compress(b"text")
    port = await serve(saying(answer(body, "content-encoding: gzip")))
    assert body_of(await guest.fetch(f"http://a.test:{port}/", decompress=False)) == body


@pytest.mark.parametrize(
    ("encode", "coding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate"), (brotli.compress, "br")]
)
async def test_a_bomb_ends_at_the_bytes_a_run_may_receive(
    opened: Opens, serve: Serves, refusal: Refuses, encode: Any, coding: str
) -> None:
    port = await serve(saying(answer(encode(bytes(64 << 20)), f"content-encoding: {coding}")))
    async with opened(bytes_in_per_run=4 << 20) as network, network.run() as guest:
        value = await guest.fetch(f"http://a.test:{port}/")
        with refusal("too_many_bytes"):
            await all_of(guest, value)


@pytest.mark.parametrize(
    "said",
    [
        b"what is this\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1_000 + b"\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 103 Hints\r\n\r\n" * 40 + answer(b"late"),
    ],
)
async def test_what_is_no_answer_fails_as_such(guest: Guest, serve: Serves, refusal: Refuses, said: bytes) -> None:
    port = await serve(saying(said))
    with refusal("http_failed"):
        await guest.fetch(f"http://a.test:{port}/")


@pytest.mark.parametrize("rest", [b"zz\r\nab\r\n", b"5\r\nab", b"2\r\nabXX0\r\n\r\n", b"f" * 100_000])
async def test_a_body_of_garbage_fails(guest: Guest, serve: Serves, refusal: Refuses, rest: bytes) -> None:
    port = await serve(saying(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n" + rest))
    with refusal("connection_closed" if rest == b"5\r\nab" else "http_failed"):
        await all_of(guest, await guest.fetch(f"http://a.test:{port}/"))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
async def test_a_body_that_is_not_encoded_as_it_says_fails(
    guest: Guest, serve: Serves, refusal: Refuses, coding: str
) -> None:
    port = await serve(saying(answer(b"\x8b" * 500, f"content-encoding: {coding}")))
    with refusal("http_failed"):
        await all_of(guest, await guest.fetch(f"http://a.test:{port}/"))


async def test_a_body_that_is_cut_off_fails_and_is_not_taken_for_the_whole(
    guest: Guest, serve: Serves, refusal: Refuses
) -> None:
    port = await serve(saying(answer(b"abc").replace(b"length: 3", b"length: 9")))
    with refusal("connection_closed"):
        await all_of(guest, await guest.fetch(f"http://a.test:{port}/"))


async def test_an_endless_body_of_single_bytes_ends_soon(opened: Opens, serve: Serves, refusal: Refuses) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n" * 1_000)
            await writer.drain()

    port = await serve(drip)
    async with opened(bytes_in_per_run=1 << 20) as network, network.run() as guest:
        with refusal("too_many_bytes"):
            await all_of(guest, await guest.fetch(f"http://a.test:{port}/"))


async def test_a_silent_server_ends_with_the_runs_deadline(network: Network, serve: Serves, refusal: Refuses) -> None:
    port = await serve(silent())
    async with network.run(seconds=0.1) as guest:
        with refusal("connection_closed"):
            await guest.fetch(f"http://a.test:{port}/")


async def test_a_kept_connection_that_the_server_closed_costs_no_failure(network: Network, serve: Serves) -> None:
    closing = asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"ok"))
        await writer.drain()
        if not closing.is_set():
            await reader.readuntil(b"\r\n\r\n")  # takes the next request, and closes without an answer
            closing.set()

    port = await serve(once)
    async with network.run() as guest:
        for _ in range(2):
            assert body_of(await guest.fetch(f"http://a.test:{port}/")) == b"ok"


async def test_a_request_that_may_do_something_is_not_sent_twice(
    network: Network, serve: Serves, refusal: Refuses
) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"ok"))
        await writer.drain()
        await reader.readuntil(b"\r\n\r\n")

    port = await serve(once)
    async with network.run() as guest:
        await guest.fetch(f"http://a.test:{port}/")
        with refusal("connection_closed"):
            await guest.fetch(f"http://a.test:{port}/", method="POST")
