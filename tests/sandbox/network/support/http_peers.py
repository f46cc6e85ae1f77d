"""HTTP/1.1 servers of a few lines, for what a real one would never do."""

import json

from talks import Handler, Reader, Writer


async def read_request(reader: Reader) -> tuple[str, dict[str, str], bytes]:
    """The request line, headers in lower case, and the body. IncompleteReadError when the client has gone."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:-2]:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return head[0], headers, body


def response(body: str | bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A response with a length. Underscores in names of headers are hyphens."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    lines.append(f"Content-Length: {len(raw)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def answers(*responses: bytes) -> Handler:
    """A peer that answers the requests of each connection in turn, and closes after the last."""

    async def handle(reader: Reader, writer: Writer) -> None:
        for one in responses:
            await read_request(reader)
            writer.write(one)
            await writer.drain()

    return handle


def routes(responses: dict[str, bytes]) -> Handler:
    """A peer that has one answer for each path."""

    async def handle(reader: Reader, writer: Writer) -> None:
        while True:
            line, _, _ = await read_request(reader)
            writer.write(responses[line.split()[1]])
            await writer.drain()

    return handle


async def echo(reader: Reader, writer: Writer) -> None:
    """Answers with what was asked, as JSON, over a connection that is kept."""
    while True:
        line, headers, body = await read_request(reader)
        writer.write(response(json.dumps({"line": line, "headers": headers, "body": body.decode()})))
        await writer.drain()
