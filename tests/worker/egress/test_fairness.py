"""What one peer or one run does to everybody else of its process: nothing, whatever it sends and however it ends."""

import asyncio
import base64
import gzip
import ssl
import threading
import time
from typing import Any

import pytest

from interlock.sandbox import Operation
from interlock.worker.egress import Policy, tls
from interlock.worker.egress.tls import Contexts, TlsSettings
from loopback import Authority, Guest, Network, Opens, Refuses, Serves, tls_settings
from speaking import Http1, Http2, answer, http2, silent

EMPTY = gzip.compress(b"", mtime=0)
POLICY = {"private": ["*.test", "127.0.0.1"]}


async def longest_wait(waits: list[float]) -> None:
    """In the time that this thread computed: what other processes do holds nobody up here."""
    while True:
        began = time.thread_time()
        await asyncio.sleep(0)
        waits.append(time.thread_time() - began)


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, gzip, gzip"])
async def test_a_bomb_between_two_codings_counts_and_keeps_nobody_waiting(
    opened: Opens, serve: Serves, refusal: Refuses, coding: str
) -> None:
    bomb = gzip.compress(EMPTY * 400_000)  # 8 MB of nothing, in 20 kB
    body = bomb if coding.count("gzip") == 2 else gzip.compress(bomb)
    port = await serve(Http1(lambda _: answer(body, f"content-encoding: {coding}")))
    waits: list[float] = []
    async with opened(bytes_in_per_run=4 << 20) as network, network.run() as guest:
        watching = asyncio.create_task(longest_wait(waits))
        value = await guest.fetch(f"http://a.test:{port}/")
        with refusal("too_many_bytes"):
            while not value["done"]:
                value = await guest("fetch.read", stream=1)
        watching.cancel()
    assert max(waits) < 0.15


async def test_codings_over_each_other_are_still_undone(guest: Guest, serve: Serves) -> None:
    text = bytes(range(256)) * 2_000
    body = gzip.compress(gzip.compress(gzip.compress(text)) + EMPTY * 50)
    port = await serve(Http1(lambda _: answer(body, "content-encoding: gzip, gzip, gzip")))
    value = await guest.fetch(f"http://a.test:{port}/")
    found = base64.b64decode(value["body"])
    while not value["done"]:
        value = await guest("fetch.read", stream=1)
        found += base64.b64decode(value["data"])
    assert found == text


async def test_a_peer_that_sends_records_without_end_and_no_data_is_left(
    guest: Guest, serve: Serves, authority: Authority, refusal: Refuses
) -> None:
    async def ready(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        await asyncio.Event().wait()

    context = authority.issue("db.test").server()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 4_000
    port = await serve(ready, context)
    with refusal("connection_closed"):
        await guest.connect(port, tls=tls_settings())
        await guest("socket.read", socket=1)


async def test_many_tickets_are_no_harm(guest: Guest, serve: Serves, authority: Authority) -> None:
    context = authority.issue("a.test").server()
    context.num_tickets = 100
    port = await serve(Http1(lambda _: answer(b"ok")), context)
    assert (await guest.fetch(f"https://a.test:{port}/"))["status"] == 200


async def test_a_busy_http2_connection_lives_on_however_many_answers_end_with_an_empty_frame(
    opened: Opens, serve: Serves, authority: Authority
) -> None:
    made: list[Http2] = []

    async def respond(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        await connection.say(number, b"x", end=False)
        connection.state.send_data(number, b"", end_stream=True)
        connection.state.ping(b"ping" * 2)
        await connection.flush()

    port = await serve(http2(respond, made), authority.issue("a.test").server(alpn=["h2"]))
    async with opened() as network, network.run(seconds=60) as guest:
        for _ in range(600):
            value = await guest.fetch(f"https://a.test:{port}/")
            stream = value["stream"]
            while not value["done"]:
                value = await guest("fetch.read", stream=stream)
    assert len(made) == 1


async def test_what_a_server_sent_unasked_is_never_the_next_answer(
    network: Network, serve: Serves, authority: Authority
) -> None:
    context = authority.issue("a.test").server()
    port = await serve(_two_answers_at_once(context))
    for _ in range(2):
        async with network.run() as guest:
            value = await guest.fetch(f"https://a.test:{port}/")
            assert base64.b64decode(value["body"]) == b"asked"


def _two_answers_at_once(context: ssl.SSLContext) -> Any:
    """Speaks TLS itself, so that an answer and one more come in one piece, a record each."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        head, shaken = b"", False
        while data := await reader.read(65_536):
            incoming.write(data)
            try:
                if not shaken:
                    tls.do_handshake()
                    shaken = True
                head += tls.read(65_536)
            except ssl.SSLWantReadError:
                pass
            if head.endswith(b"\r\n\r\n"):
                head = b""
                tls.write(answer(b"asked"))
                tls.write(answer(b"unasked"))
            writer.write(outgoing.read())
            await writer.drain()

    return handler


async def test_a_kept_connection_is_held_to_the_policy_for_the_name_of_its_handshake_too(
    network: Network, serve: Serves, authority: Authority, refusal: Refuses
) -> None:
    port = await serve(Http1(lambda _: answer(b"ok")), authority.issue("front.test").server())
    settings = tls_settings(servername="front.test")
    async with network.run(policy=POLICY) as guest:
        await guest.fetch(f"https://a.test:{port}/", tls=settings)
    async with network.run(policy={**POLICY, "deny": ["front.test"]}) as guest:
        with refusal("egress_denied"):
            await guest.fetch(f"https://a.test:{port}/", tls=settings)


async def test_pieces_that_wait_to_be_sent_are_bounded_for_a_run(
    opened: Opens, serve: Serves, refusal: Refuses
) -> None:
    port = await serve(silent())
    piece = base64.b64encode(bytes(600_000)).decode()
    async with opened(bytes_out_per_run=1 << 20) as network, network.run() as guest:
        # It never gets as far as sending: the server says nothing in the handshake.
        fetching = asyncio.create_task(guest.fetch(f"https://a.test:{port}/", method="POST", streams=True, upload=1))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(guest("fetch.write", stream=1, data=piece, end=False))
        await asyncio.sleep(0)
        with refusal("too_many_bytes"):
            await asyncio.wait_for(guest("fetch.write", stream=1, data=piece, end=False), 1)
        for task in (fetching, waiting):
            task.cancel()
        await asyncio.gather(fetching, waiting, return_exceptions=True)


async def test_a_run_that_is_cancelled_while_it_closes_gives_everything_back(network: Network, serve: Serves) -> None:
    port = await serve(silent())
    egress = network.egress
    perform = egress.for_run("acme", "greet", Policy.parse(POLICY), time.monotonic() + 20)
    args = {"host": "db.test", "port": port, "tls": None, "timeout_ms": None}
    await perform(Operation(1, "socket.connect", args))
    reading = asyncio.create_task(perform(Operation(2, "socket.read", {"socket": 1})))
    await asyncio.sleep(0)
    closing = asyncio.create_task(perform.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, reading, return_exceptions=True)
    assert egress.pool("acme").empty


async def test_keys_that_take_long_to_open_keep_their_own_tenant_waiting_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = 0, threading.Event()

    def made(settings: TlsSettings, _: object) -> ssl.SSLContext:
        nonlocal begun
        if settings.passphrase:
            begun += 1
            may_end.wait(20)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    monkeypatch.setattr(tls, "_context", made)
    slow, other = Contexts(), Contexts()
    waiting = [asyncio.create_task(slow.get(TlsSettings(cert="c", passphrase=str(number)))) for number in range(40)]
    try:
        await asyncio.wait_for(other.get(TlsSettings(cert="c")), 5)
        assert begun == tls.MOST_MAKING
        for task in waiting[5:]:
            task.cancel()
    finally:
        may_end.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    await slow.close()
    assert begun == 5


async def test_no_tenant_pushes_out_what_everybody_shakes_hands_with() -> None:
    common = Contexts()
    one, other = Contexts(common=common), Contexts(common=common)
    usual = TlsSettings(alpn=("h2", "http/1.1"))
    shared = await one.get(usual)
    for number in range(2 * tls.MOST_KEPT):
        await one.get(TlsSettings(alpn=(f"mine/{number}",)))
    assert await other.get(usual) is shared


async def test_after_its_time_a_run_holds_nothing_and_begins_nothing(
    network: Network, serve: Serves, refusal: Refuses
) -> None:
    left = asyncio.Event()

    async def without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx")
        await reader.read()
        left.set()

    port, deaf = await serve(without_end), await serve(silent())
    async with network.run(seconds=0.3) as guest:
        assert not (await guest.fetch(f"http://a.test:{port}/"))["done"]
        await asyncio.wait_for(left.wait(), 5)
        with refusal("connection_closed"):
            await asyncio.wait_for(guest.connect(deaf), 5)
    assert network.egress.pool("acme").empty


async def test_a_body_whose_request_found_no_place_fails_at_once(
    opened: Opens, serve: Serves, refusal: Refuses
) -> None:
    port = await serve(silent())
    async with opened(connections_per_run=1) as network, network.run() as guest:
        await guest.connect(port)
        with refusal("too_many_connections"):
            await guest.fetch(f"http://a.test:{port}/", method="POST", streams=True, upload=1)
        with refusal("too_many_connections"):
            await asyncio.wait_for(guest("fetch.write", stream=1, data="eA==", end=True), 5)
