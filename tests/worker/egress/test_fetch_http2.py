"""fetch over HTTP/2: many requests on one connection, each with windows of its own."""

import asyncio
import base64
from typing import Any

import pytest

from loopback import Authority, Guest, Network, Opens, Refuses, Serves
from speaking import Http2, http2


def body_of(value: Any) -> bytes:
    return base64.b64decode(value["body"] if "body" in value else value["data"])


async def all_of(guest: Guest, value: Any) -> bytes:
    body, stream = body_of(value), value["stream"]
    while not value["done"]:
        value = await guest("fetch.read", stream=stream)
        body += body_of(value)
    return body


async def hello(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
    await connection.say(number, b"hello")


async def serving(serve: Serves, authority: Authority, respond: Any) -> tuple[int, list[Http2]]:
    made: list[Http2] = []
    context = authority.issue("a.test").server(alpn=["h2"])
    return await serve(http2(respond, made), context), made


async def test_a_server_that_speaks_it_is_asked_in_it(guest: Guest, serve: Serves, authority: Authority) -> None:
    seen: list[dict[bytes, bytes]] = []

    async def respond(connection: Http2, number: int, headers: dict[bytes, bytes]) -> None:
        seen.append(headers)
        await connection.say(number, b"hello", status=b"201")

    port, _ = await serving(serve, authority, respond)
    value = await guest.fetch(f"https://a.test:{port}/p?q", headers=[["X-A", "b"]])
    assert (value["version"], value["status"], value["status_text"], value["headers"]) == ("2", 201, "", [])
    assert await all_of(guest, value) == b"hello"
    assert seen[0] == {
        b":method": b"GET",
        b":scheme": b"https",
        b":authority": f"a.test:{port}".encode(),
        b":path": b"/p?q",
        b"x-a": b"b",
        b"accept-encoding": b"gzip, deflate, br",
    }


async def test_requests_at_the_same_time_share_one_connection(
    network: Network, serve: Serves, authority: Authority
) -> None:
    port, made = await serving(serve, authority, hello)
    async with network.run() as one, network.run(action="other") as two:
        values = await asyncio.gather(
            *(guest.fetch(f"https://a.test:{port}/{n}") for n, guest in enumerate([one, two] * 10))
        )
        bodies = [await all_of(guest, value) for guest, value in zip([one, two] * 10, values, strict=True)]
        assert bodies == [b"hello"] * 20
    assert len(made) == 1


async def test_bodies_larger_than_every_window_arrive_both_ways(
    guest: Guest, serve: Serves, authority: Authority
) -> None:
    async def echo(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        await connection.ended[number].wait()
        await connection.say(number, connection.bodies[number])

    port, _ = await serving(serve, authority, echo)
    body = bytes(range(256)) * 4_000
    value = await guest.fetch(f"https://a.test:{port}/", method="POST", body=base64.b64encode(body).decode())
    assert await all_of(guest, value) == body


async def test_a_streamed_body_goes_out_while_the_answer_comes(
    guest: Guest, serve: Serves, authority: Authority
) -> None:
    async def greet(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        await connection.say(number, end=False)
        await connection.ended[number].wait()
        await connection.send(number, b"got " + connection.bodies[number], end=True)

    port, _ = await serving(serve, authority, greet)
    value = await guest.fetch(f"https://a.test:{port}/", method="POST", streams=True, upload=3)
    assert value["done"] is False
    for end in (False, True):
        await guest("fetch.write", stream=3, data=base64.b64encode(b"ab").decode(), end=end)
    assert await all_of(guest, value) == b"got abab"


async def test_an_answer_that_nobody_reads_stops_itself_and_no_other(
    network: Network, serve: Serves, authority: Authority
) -> None:
    async def respond(connection: Http2, number: int, headers: dict[bytes, bytes]) -> None:
        await connection.say(number, bytes(4 << 20) if headers[b":path"] == b"/large" else b"small")

    port, made = await serving(serve, authority, respond)
    async with network.run() as slow, network.run() as quick:
        unread = [await slow.fetch(f"https://a.test:{port}/large") for _ in range(3)]
        assert not any(value["done"] for value in unread)
        for _ in range(5):
            assert await all_of(quick, await quick.fetch(f"https://a.test:{port}/small")) == b"small"
        assert len(await all_of(slow, unread[0])) == 4 << 20
    assert len(made) == 1


async def test_breaking_one_answer_off_leaves_the_connection_to_others(
    network: Network, serve: Serves, authority: Authority
) -> None:
    async def respond(connection: Http2, number: int, headers: dict[bytes, bytes]) -> None:
        await connection.say(number, b"x" * 1_000, end=headers[b":path"] != b"/open")

    port, made = await serving(serve, authority, respond)
    async with network.run() as lasting:
        async with network.run() as short:
            assert (await short.fetch(f"https://a.test:{port}/open"))["done"] is False
        assert len(await all_of(lasting, await lasting.fetch(f"https://a.test:{port}/"))) == 1_000
        assert made[0].reset == [1]
    assert len(made) == 1


async def test_a_peer_that_goes_away_gracefully_still_answers_what_it_took(
    guest: Guest, serve: Serves, authority: Authority
) -> None:
    async def respond(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        await connection.say(number, b"be", end=False)
        # GOAWAY by hand: h2's own would end its side, too. Last stream 1, no error.
        connection._writer.write(bytes.fromhex("0000080700000000000000000100000000"))
        await connection.send(number, b"fore", end=True)

    port, made = await serving(serve, authority, respond)
    for _ in range(2):
        assert await all_of(guest, await guest.fetch(f"https://a.test:{port}/")) == b"before"
    assert len(made) == 2


@pytest.mark.parametrize(
    "frames",
    [
        b"not HTTP/2 at all, but long enough to be read as a frame",
        bytes.fromhex("000008060000000000") + bytes(8),  # a single ping, for comparison, then the flood below
    ],
)
async def test_a_peer_that_breaks_the_rules_or_floods_is_left(
    guest: Guest, serve: Serves, authority: Authority, refusal: Refuses, frames: bytes
) -> None:
    async def respond(connection: Http2, _: int, __: dict[bytes, bytes]) -> None:
        while True:
            connection._writer.write(frames * 100)
            await connection._writer.drain()

    port, _ = await serving(serve, authority, respond)
    with refusal("connection_closed"):
        await guest.fetch(f"https://a.test:{port}/")


async def test_a_head_that_is_too_large_fails(
    guest: Guest, serve: Serves, authority: Authority, refusal: Refuses
) -> None:
    async def respond(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        connection.state.remote_settings._settings.clear()
        headers = [(b":status", b"200"), *((b"x-%d" % n, b"y" * 1_000) for n in range(100))]
        connection.state.send_headers(number, headers)
        await connection.flush()

    port, _ = await serving(serve, authority, respond)
    with refusal("connection_closed"):
        await guest.fetch(f"https://a.test:{port}/")


async def test_a_reset_request_fails_and_the_next_one_works(
    guest: Guest, serve: Serves, authority: Authority, refusal: Refuses
) -> None:
    async def respond(connection: Http2, number: int, headers: dict[bytes, bytes]) -> None:
        if headers[b":path"] == b"/reset":
            connection.state.reset_stream(number)
            await connection.flush()
        else:
            await connection.say(number, b"fine")

    port, made = await serving(serve, authority, respond)
    with refusal("connection_closed"):
        await guest.fetch(f"https://a.test:{port}/reset", method="POST")
    assert await all_of(guest, await guest.fetch(f"https://a.test:{port}/")) == b"fine"
    assert len(made) == 1


async def test_more_requests_than_one_connection_takes_open_another(
    opened: Opens, serve: Serves, authority: Authority
) -> None:
    release, all_came = asyncio.Event(), asyncio.Event()
    came: list[int] = []

    async def respond(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        came.append(number)
        if len(came) == 150:
            all_came.set()
        await release.wait()
        await connection.say(number, b"late")

    port, made = await serving(serve, authority, respond)
    async with opened(connections_per_run=200) as network, network.run() as guest:
        waiting = [asyncio.create_task(guest.fetch(f"https://a.test:{port}/")) for _ in range(150)]
        await all_came.wait()
        release.set()
        assert [await all_of(guest, value) for value in await asyncio.gather(*waiting)] == [b"late"] * 150
    assert len(made) == 2


async def test_an_upload_to_a_peer_that_goes_away_ends(
    guest: Guest, serve: Serves, authority: Authority, refusal: Refuses
) -> None:
    async def respond(connection: Http2, _: int, __: dict[bytes, bytes]) -> None:
        connection._writer.transport.abort()

    port, _ = await serving(serve, authority, respond)
    with refusal("connection_closed"):
        body = base64.b64encode(bytes(8 << 20)).decode()
        await asyncio.wait_for(guest.fetch(f"https://a.test:{port}/", method="POST", body=body), 5)
