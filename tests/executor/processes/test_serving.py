"""A server on a socket: it finishes what is in flight, and says why it cannot listen."""

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

import authority
from interlock.executor.errors import NotStarted
from interlock.executor.processes.serving import Tls, bound, bound_all, serving


async def test_what_is_in_flight_is_finished_and_nothing_new_is_taken() -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        begun.set()
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    async with httpx.AsyncClient() as client:
        async with serving(application, bound("127.0.0.1", 0)) as server:
            asking = asyncio.create_task(client.get(server.url))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.2, release.set)
        answer = await asking
        assert (answer.status_code, answer.text) == (200, "done")
        assert "server" not in answer.headers
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url)


def test_a_port_that_is_taken_is_named() -> None:
    with bound("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(NotStarted) as refused:
            bound("127.0.0.1", first.getsockname()[1])
    assert refused.value.code == "address_in_use"


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    authority.make(tmp_path, ["localhost"])
    return Tls(tmp_path / "chain.pem", tmp_path / "key.pem")


async def answered(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"done"})


async def test_tls_is_served_on_every_port_that_is_given(tls: Tls) -> None:
    trusted = ssl.create_default_context(cafile=str(tls.certificate.with_name("ca.pem")))
    with bound_all("127.0.0.1", [0, 0]) as (first, second):
        ports = [each.getsockname()[1] for each in (first, second)]
        async with (
            serving(answered, first, None, second, tls=tls) as server,
            httpx.AsyncClient(verify=trusted) as client,
        ):
            assert server.url == f"https://127.0.0.1:{ports[0]}"
            for port in ports:
                assert (await client.get(f"https://localhost:{port}/")).text == "done"
                # Who speaks no TLS is let go of, and the next one is served.
                with pytest.raises(httpx.TransportError):
                    await client.get(f"http://localhost:{port}/")
                assert (await client.get(f"https://localhost:{port}/")).text == "done"


@pytest.mark.parametrize("broken", ["chain.pem", "key.pem"])
@pytest.mark.parametrize("content", [None, "", "no PEM"])
async def test_a_certificate_or_a_key_that_is_none_is_said_so_before_anything_is_served(
    tls: Tls, broken: str, content: str | None
) -> None:
    file = tls.certificate.with_name(broken)
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    with bound("127.0.0.1", 0) as opened, pytest.raises(NotStarted) as refused:
        async with serving(answered, opened, tls=tls):
            pytest.fail("it was served")
    assert refused.value.code == "tls_unusable"
