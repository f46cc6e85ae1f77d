"""Groups and roles, asked of the endpoint that the operator registered for a tenant."""

import asyncio
import base64
import contextlib
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from pydantic import JsonValue, SecretStr

from interlock.executor.errors import SettingsRefused
from interlock.executor.ports import HttpLookups
from interlock.executor.ports.lookup_clients import LookupClients
from interlock.executor.ports.lookups import ANSWER_BYTES, ANSWER_S, LookupKey, new_key
from interlock.executor.store import Database, tenants
from interlock.worker.errors import LookupFailed
from interlock.worker.ports import Subject

NOW = 1_767_225_600
RAW_KEY = bytes(range(32))
KEY = LookupKey.parse(SecretStr("whsec_" + base64.b64encode(RAW_KEY).decode()))
USER: dict[str, JsonValue] = {"user_id": "auth0|1", "email": "ada@example.com"}
SUBJECT = Subject("acme", "post-login", {"user": USER, "request": {"ip": "203.0.113.1"}, "organization": {"id": "o"}})


@dataclass
class Endpoint:
    """What an endpoint answers, and what it was asked."""

    answer: Callable[[], bytes]
    port: int = 0
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, value in lines}
        self.asked.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(self.answer())
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


def _http(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{more}connection: close\r\n\r\n".encode() + body


def _json(document: Any) -> Callable[[], bytes]:
    return lambda: _http(json.dumps(document).encode())


@pytest.fixture
async def endpoint(database: Database) -> AsyncIterator[Endpoint]:
    """One that is registered for the tenant acme."""
    made = Endpoint(_json({"groups": ["staff"]}))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with server:
        made.port = server.sockets[0].getsockname()[1]
        async with database.writing() as transaction:
            await tenants.change(transaction, "acme", lookup_url=f"http://127.0.0.1:{made.port}/groups?of=acme")
        yield made


@pytest.fixture
async def lookups(database: Database) -> AsyncIterator[HttpLookups]:
    async with LookupClients.open(ANSWER_S) as clients:
        yield HttpLookups(database, clients, KEY, lambda: NOW + 0.25)


async def test_an_endpoint_is_told_who_it_is_about_and_nothing_else(endpoint: Endpoint, lookups: HttpLookups) -> None:
    assert await lookups.get(SUBJECT, "groups") == ["staff"]
    [(_, body)] = endpoint.asked
    assert json.loads(body) == {
        "type": "lookup.groups",
        "timestamp": "2026-01-01T00:00:00.250Z",
        "data": {"tenant": "acme", "trigger": "post-login", "user": USER, "organization": {"id": "o"}},
    }


async def test_a_request_is_signed_as_standard_webhooks_says(endpoint: Endpoint, lookups: HttpLookups) -> None:
    await lookups.get(SUBJECT, "groups")
    [(headers, body)] = endpoint.asked
    assert headers["webhook-timestamp"] == str(NOW)
    signed = f"{headers['webhook-id']}.{NOW}.".encode() + body
    digest = base64.b64encode(hmac.new(RAW_KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"


async def test_no_two_requests_have_the_same_id(endpoint: Endpoint, lookups: HttpLookups) -> None:
    for _ in range(3):
        await lookups.get(SUBJECT, "groups")
    assert len({headers["webhook-id"] for headers, _ in endpoint.asked}) == 3


def test_while_a_key_is_replaced_both_sign() -> None:
    both = LookupKey.parse(SecretStr(f"{new_key(lambda count: b'n' * count)}\n{new_key(lambda count: b'o' * count)}"))
    new, old = both.sign("lku_1", NOW, b"{}").split(" ")
    assert new.startswith("v1,")
    assert old.startswith("v1,")
    assert new != old


@pytest.mark.parametrize("text", ["", "   ", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "secret", "whsec_" + "A" * 400])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        LookupKey.parse(SecretStr(text))
    assert not text.strip() or text.strip() not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: _http(b"{}", "500 Oh"), "it answered 500"),
        (lambda: _http(b"", "302 Found", "location: http://127.0.0.1:1/\r\n"), "it answered 302"),
        (lambda: _http(b"<html>"), "its answer is no JSON"),
        (lambda: _http(b"[" * 50_000), "its answer is no JSON"),
        (_json([]), "its answer is not"),
        (_json({"roles": []}), "its answer is not"),
        (_json({"groups": "staff"}), "its answer is not"),
        (_json({"groups": [{"id": 1}]}), "its answer is not"),
        (_json({"groups": [None]}), "its answer is not"),
        (lambda: _http(b" " * (ANSWER_BYTES + 1)), "its answer has more than"),
        (lambda: _http(gzip.compress(b" " * 50_000_000), more="content-encoding: gzip\r\n"), "its answer is no JSON"),
        (lambda: b"garbage\r\n\r\n", "RemoteProtocolError"),
        (lambda: b"", "RemoteProtocolError"),
    ],
    ids=[
        "fault",
        "redirect",
        "html",
        "deep",
        "list",
        "other",
        "text",
        "number",
        "null",
        "large",
        "bomb",
        "garbage",
        "nothing",
    ],
)
async def test_an_answer_that_is_none_is_the_operators_to_read_about(
    endpoint: Endpoint, lookups: HttpLookups, answer: Callable[[], bytes], why: str
) -> None:
    endpoint.answer = answer
    with structlog.testing.capture_logs() as logged, pytest.raises(LookupFailed) as failed:
        await lookups.get(SUBJECT, "groups")
    assert failed.value.code == "lookup_failed"
    assert "127.0.0.1" not in failed.value.message
    [line] = logged
    assert (line["event"], line["tenant"], line["kind"]) == ("lookup_failed", "acme", "groups")
    assert why in line["why"]


async def test_an_endpoint_that_never_comes_to_an_end_is_given_up(
    database: Database, lookups: HttpLookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = asyncio.Event()

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        left.set()

    monkeypatch.setattr("interlock.executor.ports.lookups.ANSWER_S", 0.2)
    async with await asyncio.start_server(dripping, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with database.writing() as transaction:
            await tenants.change(transaction, "acme", lookup_url=f"http://127.0.0.1:{port}/")
        with structlog.testing.capture_logs() as logged, pytest.raises(LookupFailed):
            await asyncio.wait_for(lookups.get(SUBJECT, "groups"), 5)
        await left.wait()
    assert "0.2 s" in logged[0]["why"]


@pytest.mark.parametrize("address", ["http://[v1.x]/", "http://-.-/", "http://xn--zzzzzzz--/"])
async def test_an_address_that_leads_nowhere_is_a_failed_lookup(
    database: Database, lookups: HttpLookups, address: str
) -> None:
    async with database.writing() as transaction:
        await tenants.change(transaction, "acme", lookup_url=address)
    with pytest.raises(LookupFailed):
        await lookups.get(SUBJECT, "groups")


async def test_a_tenant_without_an_endpoint_is_told_what_to_do(lookups: HttpLookups, database: Database) -> None:
    async with database.writing() as transaction:
        await tenants.change(transaction, "acme", lookup_url="")
    with pytest.raises(LookupFailed, match=r"give them beside it.*or let the operator register a lookup_url") as failed:
        await lookups.get(SUBJECT, "roles")
    assert failed.value.code == "lookup_unavailable"


async def test_without_a_key_nobody_is_asked(endpoint: Endpoint, database: Database) -> None:
    async with LookupClients.open(ANSWER_S) as clients:
        with structlog.testing.capture_logs() as logged, pytest.raises(LookupFailed):
            await HttpLookups(database, clients, None).get(SUBJECT, "groups")
    assert logged[0]["why"] == "INTERLOCK_LOOKUP_KEY is not set"
    assert not endpoint.asked
