"""The SSRF suite (ssrf.json): the families that need more than a decision, performed against real servers."""

import asyncio
import base64
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from interlock.sandbox import OperationFailed
from loopback import LOOPBACK, Authority, Guest, Handler, Network, Opens, Serves
from speaking import Http1, answer
from ssrf_cases import Answer, Case, Names, cases, compare

HOSTS = ("public.example", "a.public.example")
POLICY = {"private": ["public.example", "*.public.example"]}
MOST_BYTES = 4 << 20


@pytest.mark.parametrize("case", cases(needs="performer"), ids=lambda case: case.id)
async def test_what_is_asked_for_ends_as_the_suite_says(
    case: Case, opened: Opens, serve: Serves, authority: Authority
) -> None:
    server = Http1(lambda _: redirecting(case, len(server.seen)))
    handler = behaving(case) if case.server else server
    secured = await serve(handler, authority.issue(*HOSTS).server())
    plain = await serve(handler)
    stand_ins = {(host, 443): (LOOPBACK, secured) for host in HOSTS} | {(host, 80): (LOOPBACK, plain) for host in HOSTS}
    async with (
        opened(stand_ins=stand_ins, bytes_in_per_run=MOST_BYTES, bytes_out_per_run=MOST_BYTES) as network,
        network.run(policy={**POLICY, **case.policy}) as guest,
    ):
        try:
            await performed(case, guest)
        except OperationFailed as failed:
            came = Answer("deny", failed.reason)
        else:
            came = Answer("drop" if case.expect.decision == "drop" else "allow")
    compare(case, came)
    if case.expect.decision == "drop":
        _, head, _ = server.seen[-1]
        lines = head.lower().split(b"\r\n")
        for name, value in case.headers:
            assert f"{name}: {value}".lower().encode() not in lines
    if case.expect.decision == "allow":
        assert all(f"{name}: {value}".encode() in server.seen[0][1] for name, value in case.headers)


@pytest.mark.parametrize("case", [case for case in cases() if case.lookup], ids=lambda case: case.id)
async def test_a_lookup_tells_what_the_suite_says(case: Case, network: Network) -> None:
    servers, host = Names(case), case.lookup or ""
    if found := servers.lookup(host):
        network.names.known[host] = found
    async with network.run(policy=case.policy) as guest:
        try:
            await guest("dns.lookup", host=host, family=0)
        except OperationFailed as failed:
            came, says = Answer("deny", failed.reason), failed.message
        else:
            came, says = Answer("allow"), ""
    compare(case, came)
    # That of a metadata service is no news, and only its own rule opens it.
    assert case.expect.because == "metadata" or not any(str(address) in says for address in found)


async def performed(case: Case, guest: Guest) -> None:
    body = base64.b64encode(bytes(min(case.body_bytes, 2 * MOST_BYTES))).decode() if case.body_bytes else None
    if case.method == "POST" and body is None:
        body = base64.b64encode(b"body").decode()
    more = {"method": case.method, "headers": [list(header) for header in case.headers], "body": body}
    asked = [
        asyncio.create_task(guest.fetch(case.url or "", redirect=case.redirect, **more)) for _ in range(case.times)
    ]
    try:
        for each in asyncio.as_completed(asked):
            value = await each
            while case.reads == "all" and not value["done"]:
                value = {"stream": value.get("stream"), **await guest("fetch.read", stream=value["stream"])}
    finally:
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def redirecting(case: Case, seen: int) -> bytes:
    if seen > len(case.redirects):
        return answer(b"fine")
    return answer(b"", f"location: {case.redirects[seen - 1]}", status="302 Found")


def behaving(case: Case) -> Handler:
    server = case.server

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if server.get("reads") == "all":
            while await reader.read(65_536):
                pass
        await reader.readuntil(b"\r\n\r\n")
        for piece in said(server):
            writer.write(piece)
            await writer.drain()
        if not server.get("closes"):
            await asyncio.Event().wait()

    return handler


def said(server: Any) -> Iterator[bytes]:
    head = b"HTTP/1.1 200 OK\r\n"
    match server.get("sends"):
        case "headers":
            yield head
            count = 1 << 30 if server.get("for_ever") else server["count"]
            yield from (b"x-%d: y\r\n" % n for n in range(count))
            yield b"\r\n"
        case "header":
            yield head + b"x: " + b"y" * server["bytes"] + b"\r\n\r\n"
        case "body":
            yield head + b"\r\n"
            while True:
                yield bytes(65_536)
        case "gzip" | "deflate":
            layers = server.get("layers", 1)
            encoded = bombs(server["sends"], layers)
            yield head + f"content-encoding: {', '.join([server['sends']] * layers)}\r\n\r\n".encode() + encoded
        case "informational":
            while True:
                yield b"HTTP/1.1 103 Early Hints\r\n\r\n"
        case "text":
            yield server["text"].encode()
        case _:
            return


def bombs(coding: str, layers: int) -> bytes:
    """As much as the limit is passed by, and not the gigabyte that would show no more."""
    encoded = bytes(8 * MOST_BYTES)
    for _ in range(layers):
        if coding == "gzip":
            made = io.BytesIO()
            with gzip.GzipFile(fileobj=made, mode="wb", mtime=0) as file:
                file.write(encoded)
            encoded = made.getvalue()
        else:
            encoded = zlib.compress(encoded)
    return encoded
