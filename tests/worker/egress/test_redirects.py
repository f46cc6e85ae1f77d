"""Redirects: each hop is read, decided and connected anew, and keeps what is secret at home."""

import base64
from ipaddress import ip_address
from typing import Any

import pytest
import structlog

from loopback import Guest, Network, Opens, Refuses, Serves
from speaking import Http1, answer


def to(location: str, status: int = 302) -> bytes:
    return answer(b"", f"location: {location}", status=f"{status} Elsewhere")


def body_of(value: Any) -> bytes:
    return base64.b64decode(value["body"])


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/b", "/b"),
        ("c?d", "/x/c?d"),
        ("//a.test:{port}/e", "/e"),
        ("http://a.test:{port}/f#g", "/f"),
        ("/\u00e9", "/%C3%A9"),
    ],
)
async def test_a_location_leads_where_it_says(guest: Guest, serve: Serves, location: str, path: str) -> None:
    port = 0

    def respond(head: bytes) -> bytes:
        first = to(location.format(port=port)) if head.startswith(b"GET /x/y ") else b""
        return first or answer(head.split()[1])

    port = await serve(Http1(respond))
    value = await guest.fetch(f"http://a.test:{port}/x/y")
    assert (value["redirected"], value["url"], body_of(value)) == (True, f"http://a.test:{port}{path}", path.encode())


async def test_manual_gives_the_redirect_itself_and_error_refuses_it(
    guest: Guest, serve: Serves, refusal: Refuses
) -> None:
    port = await serve(Http1(lambda _: to("/b")))
    value = await guest.fetch(f"http://a.test:{port}/", redirect="manual")
    assert (value["status"], value["redirected"]) == (302, False)
    with refusal("redirect_refused"):
        await guest.fetch(f"http://a.test:{port}/", redirect="error")


async def test_twenty_redirects_are_followed_and_no_more(guest: Guest, serve: Serves, refusal: Refuses) -> None:
    def respond(head: bytes) -> bytes:
        left = int(head.split()[1][1:])
        return to(f"/{left - 1}") if left else answer(b"there")

    port = await serve(Http1(respond))
    assert body_of(await guest.fetch(f"http://a.test:{port}/20")) == b"there"
    with refusal("too_many_redirects"):
        await guest.fetch(f"http://a.test:{port}/21")


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "http://[::1]:{port}/",
        "http://hidden.internal:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
async def test_a_redirect_to_where_nobody_may_go_is_refused_and_logged(
    network: Network, serve: Serves, refusal: Refuses, location: str
) -> None:
    port = 0
    server = Http1(lambda _: to(location.format(port=port)))
    port = await serve(server)
    network.names.known["hidden.internal"] = [ip_address("10.0.0.1")]
    with structlog.testing.capture_logs() as logged, refusal("egress_denied") as caught:
        async with network.run(policy={"private": ["a.test"]}) as guest:
            await guest.fetch(f"http://a.test:{port}/?token=hush")
    assert "private" in caught.value.message
    assert len(server.seen) == 1
    line = logged[0]
    assert (line["event"], line["tenant"], line["action"]) == ("egress_denied", "acme", "greet")
    assert {"host", "port", "address", "rule"} <= line.keys()
    assert "hush" not in str(logged)
    assert "hush" not in caught.value.message


@pytest.mark.parametrize(
    "location",
    [
        "ftp://a.test/",
        "file:///etc/passwd",
        "javascript:1",
        "data:,x",
        "http://user:pw@a.test/",
        "http://a.test\\@b.test/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://a.test:99999/",
        "gopher://a.test:70/",
    ],
)
async def test_a_redirect_that_leads_nowhere_is_refused(
    guest: Guest, serve: Serves, refusal: Refuses, location: str
) -> None:
    port = await serve(Http1(lambda _: to(location)))
    with refusal("redirect_refused"):
        await guest.fetch(f"http://a.test:{port}/")


async def test_secrets_in_headers_stay_at_their_origin(guest: Guest, serve: Serves) -> None:
    other = Http1(lambda _: answer(b"there"))
    other_port = await serve(other)
    port = await serve(Http1(lambda head: to("/b") if b" /a " in head else to(f"http://b.test:{other_port}/")))
    headers = [["Authorization", "Bearer x"], ["Cookie", "c"], ["X-Plain", "y"]]
    await guest.fetch(f"http://a.test:{port}/a", headers=headers)
    _, head, _ = other.seen[0]
    assert b"x-plain: y" in head
    assert b"authorization" not in head
    assert b"cookie" not in head


@pytest.mark.parametrize(
    ("status", "method", "becomes", "keeps_body"),
    [
        (301, "POST", "GET", False),
        (302, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (303, "HEAD", "HEAD", False),
        (302, "PUT", "PUT", True),
        (307, "POST", "POST", True),
        (308, "POST", "POST", True),
    ],
)
async def test_methods_and_bodies_change_as_the_standard_says(
    guest: Guest, serve: Serves, status: int, method: str, becomes: str, keeps_body: bool
) -> None:
    server = Http1(lambda head: to("/b", status) if b" /a " in head else answer(b""))
    port = await serve(server)
    body = None if method == "HEAD" else base64.b64encode(b"data").decode()
    await guest.fetch(
        f"http://a.test:{port}/a", method=method, body=body, headers=[["content-type", "x/y"]] if body else []
    )
    _, head, sent = server.seen[1]
    assert head.startswith(f"{becomes} /b ".encode())
    assert (sent, b"content-type" in head) == ((b"data", True) if keeps_body else (b"", False))


async def test_a_streamed_body_cannot_be_sent_again(guest: Guest, serve: Serves, refusal: Refuses) -> None:
    async def early(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(to("/b", 307))
        await writer.drain()
        await reader.read()

    port = await serve(early)
    with refusal("redirect_refused"):
        await guest.fetch(f"http://a.test:{port}/a", method="POST", streams=True, upload=1)
    with refusal("redirect_refused"):
        await guest("fetch.write", stream=1, data="", end=True)


async def test_a_redirect_counts_as_no_connection_of_its_own(opened: Opens, serve: Serves) -> None:
    port = await serve(Http1(lambda head: to("/b") if b" /a " in head else answer(b"there")))
    async with opened(connections_per_run=1) as network, network.run() as guest:
        for _ in range(3):
            assert body_of(await guest.fetch(f"http://a.test:{port}/a")) == b"there"
