"""Sockets of actions: plain, TLS from the start or in the middle, half-closed, silent."""

import asyncio
import base64
import socket
import ssl
import threading
from typing import Any

import pytest

from loopback import Authority, Guest, Network, Opens, Refuses, Serves, tls_settings
from speaking import silent


def data(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def raw(value: Any) -> bytes | None:
    return None if value["data"] is None else base64.b64decode(value["data"])


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()


async def test_bytes_go_both_ways_and_the_end_is_null(guest: Guest, serve: Serves) -> None:
    port = await serve(echo)
    opened = await guest.connect(port)
    assert opened["socket"] == 1
    assert opened["remote"] == {"address": "127.0.0.1", "port": port, "family": 4}
    assert opened["local"]["address"] == "127.0.0.1"
    assert opened["tls"] is None
    assert await guest("socket.write", socket=1, data=data(b"\x00\xffhi")) == {}
    assert raw(await guest("socket.read", socket=1)) == b"\x00\xffhi"
    assert await guest("socket.end", socket=1) == {}
    assert raw(await guest("socket.read", socket=1)) is None
    assert await guest("socket.close", socket=1) == {}
    assert await guest("socket.close", socket=1) == {}


async def test_a_read_waits_and_a_second_one_is_refused(guest: Guest, serve: Serves, refusal: Refuses) -> None:
    port = await serve(echo)
    await guest.connect(port)
    waiting = asyncio.create_task(guest("socket.read", socket=1))
    await asyncio.sleep(0)
    with refusal("bad_request"):
        await guest("socket.read", socket=1)
    await guest("socket.write", socket=1, data=data(b"x"))
    assert raw(await waiting) == b"x"


async def test_a_write_waits_for_a_peer_that_does_not_read(guest: Guest, serve: Serves) -> None:
    async def deaf(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    port = await serve(deaf)
    await guest.connect(port)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(guest("socket.write", socket=1, data=data(bytes(32 << 20))), 0.3)


async def test_closing_ends_a_read_that_waits(guest: Guest, serve: Serves, refusal: Refuses) -> None:
    port = await serve(silent())
    await guest.connect(port)
    waiting = asyncio.create_task(guest("socket.read", socket=1))
    await asyncio.sleep(0)
    await guest("socket.close", socket=1)
    with refusal("connection_closed"):
        await waiting


async def test_tls_is_verified_for_the_host_and_described_as_node_does(
    guest: Guest, serve: Serves, authority: Authority
) -> None:
    certified = authority.issue("db.test", "127.0.0.1")
    port = await serve(echo, certified.server(alpn=["x/1"]))
    opened = await guest.connect(port, tls=tls_settings(alpn=["x/1", "y"]))
    described = opened["tls"]
    peer = described.pop("peer")
    assert described.pop("cipher").startswith("TLS_")
    assert described == {"protocol": "TLSv1.3", "alpn": "x/1", "authorized": True}
    assert (peer["subject"], peer["issuer"]) == ({"CN": "db.test"}, {"CN": "Tests"})
    assert peer["subjectaltname"] == "DNS:db.test, IP Address:127.0.0.1"
    assert peer["valid_to"].endswith(" GMT")
    assert len(peer["fingerprint256"]) == 95
    assert ssl.DER_cert_to_PEM_cert(base64.b64decode(peer["raw"])).split() == certified.certificate.split()
    await guest("socket.write", socket=1, data=data(b"secret" * 30_000))
    got = b""
    while len(got) < 180_000:
        got += raw(await guest("socket.read", socket=1)) or b""
    assert got == b"secret" * 30_000


async def test_an_address_is_verified_as_such(guest: Guest, serve: Serves, authority: Authority) -> None:
    port = await serve(echo, authority.issue("127.0.0.1").server())
    assert (await guest.connect(port, host="127.0.0.1", tls=tls_settings()))["tls"]["authorized"]


@pytest.mark.parametrize("mode", ["other name", "other authority"])
async def test_a_certificate_that_is_not_trusted_ends_the_handshake(
    guest: Guest, serve: Serves, authority: Authority, tmp_path: Any, refusal: Refuses, mode: str
) -> None:
    certified = (
        authority.issue("other.test") if mode == "other name" else Authority(tmp_path, "Others").issue("db.test")
    )
    port = await serve(echo, certified.server())
    with refusal("tls_failed") as caught:
        await guest.connect(port, tls=tls_settings())
    assert "the certificate of db.test is not trusted" in caught.value.message


async def test_a_tenants_own_authority_is_trusted_where_it_is_given(
    guest: Guest, serve: Serves, tmp_path: Any, refusal: Refuses
) -> None:
    own = Authority(tmp_path, "Others")
    port = await serve(echo, own.issue("db.test").server())
    assert (await guest.connect(port, tls=tls_settings(ca=own.pem)))["tls"]["authorized"]
    with refusal("tls_failed"):
        await guest.connect(port, tls=tls_settings())


async def test_leaving_certificates_unchecked_is_the_operators_to_allow(
    network: Network, serve: Serves, tmp_path: Any, refusal: Refuses
) -> None:
    port = await serve(echo, Authority(tmp_path, "Others").issue("x.test").server())
    async with network.run() as guest:
        with refusal("tls_refused") as caught:
            await guest.connect(port, tls=tls_settings(verify=False))
        assert "insecure_tls" in caught.value.message
    async with network.run(policy={"private": ["*.test"], "insecure_tls": True}) as guest:
        assert (await guest.connect(port, tls=tls_settings(verify=False)))["tls"]["authorized"] is False


async def test_a_client_certificate_comes_from_texts(guest: Guest, serve: Serves, authority: Authority) -> None:
    mine = authority.issue("me.test")
    port = await serve(echo, authority.issue("db.test").server(clients=authority.pem))
    await guest.connect(port, tls=tls_settings(cert=mine.certificate, key=mine.key))
    await guest("socket.write", socket=1, data=data(b"it is me"))
    assert raw(await guest("socket.read", socket=1)) == b"it is me"


async def test_postgresql_asks_for_tls_in_the_middle_while_a_read_waits(
    guest: Guest, serve: Serves, authority: Authority
) -> None:
    """The client's read loop waits already when it shakes hands: it goes on behind the handshake."""
    context = authority.issue("db.test").server()

    async def postgres(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(8) == b"SSLAsk!!"
        writer.write(b"S")
        await writer.drain()
        await writer.start_tls(context)
        writer.write(b"hello " + await reader.readexactly(4))
        await writer.drain()
        await reader.read()

    port = await serve(postgres)
    await guest.connect(port)
    await guest("socket.write", socket=1, data=data(b"SSLAsk!!"))
    assert raw(await guest("socket.read", socket=1)) == b"S"
    waiting = asyncio.create_task(guest("socket.read", socket=1))
    await asyncio.sleep(0)
    assert (await guest("socket.starttls", socket=1, tls=tls_settings()))["tls"]["authorized"]
    await guest("socket.write", socket=1, data=data(b"user"))
    assert raw(await waiting) == b"hello user"


async def test_a_handshake_that_fails_in_the_middle_closes_the_socket(
    guest: Guest, serve: Serves, refusal: Refuses
) -> None:
    async def not_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"500 what?\r\n")
        await writer.drain()

    port = await serve(not_tls)
    await guest.connect(port)
    with refusal("tls_failed"):
        await guest("socket.starttls", socket=1, tls=tls_settings())
    with refusal("connection_closed"):
        await guest("socket.read", socket=1)


async def test_a_half_closed_tls_socket_can_still_be_read(guest: Guest, authority: Authority) -> None:
    context = authority.issue("db.test").server()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve_one() -> None:
        accepted, _ = listening.accept()
        with context.wrap_socket(accepted, server_side=True) as connection:
            received = b""
            while piece := connection.recv(1_000):
                received += piece
            connection.sendall(b"all of " + received)

    thread = threading.Thread(target=serve_one)
    thread.start()
    await guest.connect(listening.getsockname()[1], tls=tls_settings())
    await guest("socket.write", socket=1, data=data(b"it"))
    await guest("socket.end", socket=1)
    assert raw(await guest("socket.read", socket=1)) == b"all of it"
    assert raw(await guest("socket.read", socket=1)) is None
    await asyncio.to_thread(thread.join)
    listening.close()


async def test_nobody_listening_and_no_answer_are_told_apart(guest: Guest, opened: Opens, refusal: Refuses) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with refusal("connect_refused"):
            await guest.connect(unused.getsockname()[1])
    # A handshake that nobody answers counts as connecting.
    with socket.create_server(("127.0.0.1", 0)) as deaf, refusal("connect_timeout"):
        await guest.connect(deaf.getsockname()[1], tls=tls_settings(), timeout_ms=50)


async def test_a_silent_peer_ends_with_the_runs_deadline(network: Network, serve: Serves, refusal: Refuses) -> None:
    port = await serve(silent())
    async with network.run(seconds=0.1) as guest:
        await guest.connect(port)
        with refusal("connection_closed"):
            await guest("socket.read", socket=1)
        with refusal("connection_closed"):
            await guest("socket.write", socket=1, data="")


async def test_a_run_holds_so_many_sockets_and_no_more(opened: Opens, serve: Serves, refusal: Refuses) -> None:
    port = await serve(silent())
    async with opened(connections_per_run=2) as network, network.run() as guest:
        for _ in range(2):
            await guest.connect(port)
        with refusal("too_many_connections"):
            await guest.connect(port)
        await guest("socket.close", socket=1)
        await guest.connect(port)


async def test_a_tenant_holds_so_many_and_another_tenant_has_its_own(
    opened: Opens, serve: Serves, refusal: Refuses
) -> None:
    port = await serve(silent())
    async with opened(connections_per_tenant=1) as network, network.run() as one, network.run() as two:
        await one.connect(port)
        with refusal("too_many_connections"):
            await two.connect(port)
        async with network.run(tenant="other") as three:
            await three.connect(port)


async def test_bytes_both_ways_are_bounded(opened: Opens, serve: Serves, refusal: Refuses) -> None:
    port = await serve(echo)
    async with opened(bytes_out_per_run=10_000, bytes_in_per_run=1_000) as network, network.run() as guest:
        await guest.connect(port)
        await guest("socket.write", socket=1, data=data(bytes(5_000)))
        with refusal("too_many_bytes"):
            await guest("socket.write", socket=1, data=data(bytes(6_000)))
        with refusal("too_many_bytes"):
            for _ in range(10):
                await guest("socket.read", socket=1)
