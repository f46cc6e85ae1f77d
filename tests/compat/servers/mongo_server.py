"""A stand-in for MongoDB: hello, SCRAM-SHA-256, update and find, over TLS.

https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/, RFC 5802, RFC 7677
"""

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import secrets
import ssl
import struct
from typing import Any

import bson_text

PASSWORD = b"mongo-password"
_MESSAGE, _OLD_QUERY, _OLD_REPLY, _ROUNDS = 2013, 2004, 1, 15_000
_ANYBODY = {"hello", "ismaster", "isMaster", "saslStart", "saslContinue", "ping", "endSessions"}


class MongoServer:
    """One server. It keeps the commands of those who knew the password."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.received: list[dict[str, Any]] = []
        self.kept: dict[str, dict[str, Any]] = {}
        self._context = context

    async def start(self) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no longer."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        login = _Login()
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                size, request, _, kind = struct.unpack("<iiii", await reader.readexactly(16))
                body = await reader.readexactly(size - 16)
                command = _command(kind, body)
                answer = bson_text.encode(self._answer(command, login))
                if kind == _OLD_QUERY:
                    reply, kind = struct.pack("<iqii", 8, 0, 0, 1) + answer, _OLD_REPLY
                else:
                    reply = struct.pack("<iB", 0, 0) + answer
                writer.write(struct.pack("<iiii", len(reply) + 16, 1, request, kind) + reply)
                await writer.drain()
        writer.close()

    def _answer(self, command: dict[str, Any], login: "_Login") -> dict[str, Any]:
        name = next(iter(command))
        if name not in _ANYBODY and not login.done:
            return {"ok": 0.0, "code": 13, "codeName": "Unauthorized", "errmsg": "not logged in"}
        match name:
            case "hello" | "ismaster" | "isMaster":
                return _hello()
            case "saslStart" | "saslContinue":
                return login.step(command["payload"])
            case "update":
                return self._update(command)
            case "find":
                self.received.append({"find": command["find"], "filter": command["filter"]})
                batch = [self.kept[key] for key in [command["filter"]["_id"]] if key in self.kept]
                return {"cursor": {"firstBatch": batch, "id": bson_text.Int64(0), "ns": "logins.people"}, "ok": 1.0}
        return {"ok": 1.0}

    def _update(self, command: dict[str, Any]) -> dict[str, Any]:
        (update,) = command["updates"]
        self.received.append(
            {"update": command["update"], "set": _plain(update["u"]["$set"]), "upsert": update["upsert"]}
        )
        key = update["q"]["_id"]
        known = key in self.kept
        self.kept[key] = {"_id": key, **update["u"]["$set"]}
        upserted = {} if known else {"upserted": [{"index": 0, "_id": key}]}
        return {"n": 1, "nModified": int(known), **upserted, "ok": 1.0}


class _Login:
    """The server's side of SCRAM-SHA-256."""

    def __init__(self) -> None:
        self.done = False
        self._said = self._nonce = ""

    def step(self, payload: bytes) -> dict[str, Any]:
        said = dict(part.split("=", 1) for part in payload.decode().removeprefix("n,,").split(",") if part)
        if not self._said:
            salt = secrets.token_bytes(16)
            self._salted = hashlib.pbkdf2_hmac("sha256", PASSWORD, salt, _ROUNDS)
            self._nonce = said["r"] + secrets.token_urlsafe(12)
            first = f"r={self._nonce},s={base64.b64encode(salt).decode()},i={_ROUNDS}"
            self._said = f"{payload.decode().removeprefix('n,,')},{first}"
            return _step(first.encode(), done=False)
        if "p" not in said:
            return _step(b"", done=True)
        whole = f"{self._said},{payload.decode().rpartition(',p=')[0]}".encode()
        key = _hmac(self._salted, b"Client Key")
        signature = _hmac(hashlib.sha256(key).digest(), whole)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self.done = hmac.compare_digest(proof, base64.b64decode(said["p"]))
        if not self.done:
            return {"ok": 0.0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed."}
        mine = _hmac(_hmac(self._salted, b"Server Key"), whole)
        return _step(b"v=" + base64.b64encode(mine), done=True)


def _step(payload: bytes, *, done: bool) -> dict[str, Any]:
    return {"conversationId": 1, "done": done, "payload": payload, "ok": 1.0}


def _command(kind: int, body: bytes) -> dict[str, Any]:
    if kind == _OLD_QUERY:
        return bson_text.decode(body[body.index(0, 4) + 9 :])
    assert kind == _MESSAGE
    assert body[4] == 0
    size = struct.unpack_from("<i", body, 5)[0]
    command = bson_text.decode(body[5 : 5 + size])
    at = 5 + size
    while at < len(body) and body[at] == 1:  # a sequence of documents beside the command
        length = struct.unpack_from("<i", body, at + 1)[0]
        end, stop = at + 1 + length, body.index(0, at + 5)
        documents, place = [], stop + 1
        while place < end:
            documents.append(bson_text.decode(body[place:]))
            place += struct.unpack_from("<i", body, place)[0]
        command[body[at + 5 : stop].decode()] = documents
        at = end
    return command


def _hello() -> dict[str, Any]:
    return {
        "ismaster": True,
        "isWritablePrimary": True,
        "helloOk": True,
        "maxBsonObjectSize": 16 << 20,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "localTime": dt.datetime.now(dt.UTC),
        "minWireVersion": 0,
        "maxWireVersion": 25,
        "ok": 1.0,
    }


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, dt.datetime) else value for key, value in document.items()}


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, "sha256").digest()
