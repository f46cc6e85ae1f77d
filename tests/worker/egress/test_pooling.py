"""Whose connections are used again, and what a run leaves behind: nothing."""

import asyncio
import base64
import gc
from pathlib import Path
from typing import Any

import pytest

from loopback import Authority, Guest, Network, Opens, Refuses, Serves, tls_settings
from speaking import Http1, Http2, answer, http2, silent


def descriptors() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_the_same_tenant_uses_a_connection_again_and_no_other_does(network: Network, serve: Serves) -> None:
    server = Http1(lambda _: answer(b"ok"))
    port = await serve(server)
    for tenant in ("acme", "acme", "other", "acme"):
        async with network.run(tenant=tenant) as guest:
            await guest.fetch(f"http://a.test:{port}/")
    assert [number for number, _, _ in server.seen] == [1, 1, 2, 1]


async def test_other_tls_settings_have_connections_of_their_own(
    network: Network, serve: Serves, authority: Authority
) -> None:
    server = Http1(lambda _: answer(b"ok"))
    port = await serve(server, authority.issue("a.test").server(clients=None))
    mine = authority.issue("me.test")
    async with network.run() as guest:
        for settings in (None, tls_settings(cert=mine.certificate, key=mine.key), None):
            await guest.fetch(f"https://a.test:{port}/", tls=settings)
    assert [number for number, _, _ in server.seen] == [1, 2, 1]


async def test_a_kept_connection_is_held_to_the_policy_of_who_asks(
    network: Network, serve: Serves, refusal: Refuses
) -> None:
    server = Http1(lambda _: answer(b"ok"))
    port = await serve(server)
    async with network.run() as guest:
        await guest.fetch(f"http://a.test:{port}/")
    async with network.run(policy={}) as guest:
        with refusal("egress_denied"):
            await guest.fetch(f"http://a.test:{port}/")
    assert len(server.seen) == 1


async def test_an_idle_connection_is_closed_after_a_while(opened: Opens, serve: Serves) -> None:
    gone = asyncio.Event()

    async def watching(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"ok"))
        assert await reader.read() == b""
        gone.set()

    port = await serve(watching)
    async with opened(idle_ms=20) as network:
        async with network.run() as guest:
            await guest.fetch(f"http://a.test:{port}/")
        await asyncio.wait_for(gone.wait(), 5)
        assert network.egress.pool("acme").empty


async def test_idle_connections_give_way_to_new_ones(opened: Opens, serve: Serves) -> None:
    ports = [await serve(Http1(lambda _: answer(b"ok"))) for _ in range(4)]
    async with opened(connections_per_tenant=2) as network, network.run() as guest:
        for port in ports:
            await guest.fetch(f"http://a.test:{port}/")
        assert network.egress.pool("acme").places.taken == 2


async def test_an_idle_connection_of_http2_is_closed_too(opened: Opens, serve: Serves, authority: Authority) -> None:
    async def respond(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        await connection.say(number)

    port = await serve(http2(respond), authority.issue("a.test").server(alpn=["h2"]))
    async with opened(idle_ms=20) as network:
        async with network.run() as guest:
            await guest.fetch(f"https://a.test:{port}/")
        pool = network.egress.pool("acme")
        await asyncio.wait_for(asyncio.wait(pool._tasks), 5)
        assert pool.empty


@pytest.mark.parametrize("secured", [False, True])
async def test_a_run_that_ends_in_the_middle_leaves_no_socket_and_no_task(
    opened: Opens, serve: Serves, authority: Authority, secured: bool
) -> None:
    async def respond(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        await connection.say(number, b"x", end=False)

    silence = await serve(silent(), authority.issue("a.test").server() if secured else None)
    half = await serve(http2(respond), authority.issue("a.test").server(alpn=["h2"]))
    scheme = "https" if secured else "http"
    tls = tls_settings() if secured else None
    before = descriptors()
    async with opened() as network:
        async with network.run() as guest:
            assert (await guest.fetch(f"https://a.test:{half}/"))["done"] is False
            await guest.connect(silence, host="a.test", tls=tls)
            under_way = [
                asyncio.create_task(work)
                for work in (
                    guest.fetch(f"{scheme}://a.test:{silence}/"),
                    guest.fetch(f"{scheme}://a.test:{silence}/", method="POST", streams=True, upload=1),
                    guest.fetch(
                        f"{scheme}://a.test:{silence}/", method="PUT", body=base64.b64encode(bytes(8 << 20)).decode()
                    ),
                    guest("socket.read", socket=1),
                    guest("fetch.read", stream=1),
                )
            ]
            await asyncio.sleep(0.05)
        results = await asyncio.gather(*under_way, return_exceptions=True)
        assert all(isinstance(result, BaseException) or not result["done"] for result in results)
        assert network.egress.pool("acme").places.taken <= 1  # HTTP/2's, which lives on for the tenant
    held = [task for task in asyncio.all_tasks() if "egress" in repr(task.get_coro())]
    assert held == []
    assert descriptors() <= before + 6  # at most the servers' own ends


async def test_cancelling_one_operation_closes_what_it_opened_and_nothing_else(network: Network, serve: Serves) -> None:
    port = await serve(silent())
    quick = await serve(Http1(lambda _: answer(b"ok")))
    async with network.run() as guest:
        waiting = asyncio.create_task(guest.fetch(f"http://a.test:{port}/"))
        await asyncio.sleep(0.02)
        assert network.egress.pool("acme").places.taken == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert network.egress.pool("acme").places.taken == 0
        assert (await guest.fetch(f"http://a.test:{quick}/"))["status"] == 200


async def test_nothing_is_made_before_the_first_operation(network: Network) -> None:
    async with network.run() as guest:
        perform: Any = guest._perform
        assert perform._open is None
    assert not network.egress._pools


async def test_the_end_of_a_run_is_the_end_of_its_operations(network: Network, serve: Serves, refusal: Refuses) -> None:
    port = await serve(silent())
    async with network.run() as guest:
        await guest.connect(port)
    with refusal("connection_closed"):
        await guest("socket.read", socket=1)
    with refusal("unknown_operation"):
        await Guest(guest._perform)("socket.listen")
