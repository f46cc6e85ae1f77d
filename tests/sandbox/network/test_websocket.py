"""`WebSocket`: a client of RFC 6455 over connections of the host's."""

import pytest
from certificates import Authority
from talks import Handler, Reader, Talks, Writer
from websocket_peers import BINARY, CLOSE, PING, PONG, TEXT, accepts, echo, frame, read_frame, sends

ENDS = """
const ends = (socket) => new Promise((resolve) => {
  const seen = [];
  socket.onerror = (event) => seen.push(event.message);
  socket.onmessage = ({ data }) => seen.push(data);
  socket.onclose = ({ code, reason, wasClean }) => resolve([...seen, code, reason, wasClean]);
});
"""


def test_messages_go_both_ways_and_the_close_is_clean(talk: Talks) -> None:
    ran = talk(
        """
        const socket = new WebSocket(`ws://localhost:${event.port}/path?q=1`, ['a', 'b']);
        socket.binaryType = 'arraybuffer';
        const seen = [socket.readyState, socket.url.endsWith('/path?q=1')];
        const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
        await new Promise((resolve) => { socket.onopen = resolve; });
        seen.push(socket.readyState, socket.protocol, socket.extensions);
        const answer = () =>
          new Promise((resolve) => { socket.onmessage = ({ data, origin }) => resolve([data, origin]); });
        socket.send('hällo');
        seen.push(socket.bufferedAmount, (await answer())[0]);
        socket.send(new Uint8Array([1, 2, 3]));
        seen.push([...new Uint8Array((await answer())[0])]);
        socket.send(new Blob(['x'.repeat(70_000)]));
        seen.push((await answer())[0].byteLength, socket.bufferedAmount);
        socket.close(1000, 'bye');
        const { code, reason, wasClean } = await closed;
        return [...seen, code, reason, wasClean, socket.readyState];
        """,
        accepts(echo, "Sec-WebSocket-Protocol: b"),
    )
    assert ran.value == [0, True, 1, "b", "", 6, "hällo", [1, 2, 3], 70_000, 0, 1000, "bye", True, 3]


def test_binary_messages_are_blobs_by_default(talk: Talks) -> None:
    ran = talk(
        """
        const socket = new WebSocket(`ws://localhost:${event.port}`);
        const { data } = await new Promise((resolve) => { socket.onmessage = resolve; });
        return [data instanceof Blob, data.size];
        """,
        accepts(sends(frame(BINARY, b"abc"))),
    )
    assert ran.value == [True, 3]


def test_pings_are_answered_between_the_pieces_of_a_message(talk: Talks) -> None:
    pongs = []

    async def pieces(reader: Reader, writer: Writer) -> None:
        writer.write(
            frame(TEXT, b"he", final=False) + frame(PING, b"?") + frame(0, b"", final=False) + frame(0, b"llo")
        )
        await writer.drain()
        pongs.append(await read_frame(reader))
        writer.write(frame(CLOSE, (4000).to_bytes(2) + b"done"))
        await read_frame(reader)

    ran = talk("return ends(new WebSocket(`ws://localhost:${event.port}`));", accepts(pieces), setup=ENDS)
    assert ran.value == ["hello", 4000, "done", True]
    assert pongs == [(PONG, b"?")]


def test_messages_may_come_byte_by_byte(talk: Talks) -> None:
    raw = frame(TEXT, "ä".encode() * 100) + frame(CLOSE, (1000).to_bytes(2))

    async def slowly(reader: Reader, writer: Writer) -> None:
        for byte in raw:
            writer.write(bytes([byte]))
            await writer.drain()
        await reader.read()

    ran = talk("return ends(new WebSocket(`ws://localhost:${event.port}`));", accepts(slowly), setup=ENDS)
    assert ran.value == ["ä" * 100, 1000, "", True]


def test_a_secure_socket_sends_headers_of_the_callers_own(talk: Talks, authority: Authority) -> None:
    ran = talk(
        """
        const socket = new WebSocket(`wss://localhost:${event.port}`, { headers: { Authorization: 'Bearer x' } });
        return new Promise((resolve) => { socket.onerror = ({ message }) => resolve(message); });
        """,
        accepts(echo),
        tls=authority.server(),
    )
    assert "not trusted" in ran.value


HOSTILE = [
    (frame(TEXT, b"x", bits=0x40), 1002),
    (b"\x81\x81\0\0\0\0x", 1002),
    (frame(3, b"x"), 1002),
    (frame(11), 1002),
    (frame(0, b"x"), 1002),
    (frame(TEXT, b"x", final=False) + frame(TEXT, b"y"), 1002),
    (frame(PING, b"x" * 126), 1002),
    (frame(PING, b"x", final=False), 1002),
    (b"\x82\x7e\x00\x01x", 1002),
    (b"\x82\x7f\x00\x00\x00\x00\x01\x00\x00\x01", 1009),
    (b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 1009),
    (frame(TEXT, b"\xff"), 1007),
    (frame(CLOSE, b"\x03"), 1002),
    (frame(CLOSE, (1005).to_bytes(2)), 1002),
    (frame(CLOSE, (1000).to_bytes(2) + b"\xff"), 1007),
]


@pytest.mark.parametrize(("raw", "code"), HOSTILE)
def test_what_breaks_the_protocol_ends_the_connection_with_a_reason(talk: Talks, raw: bytes, code: int) -> None:
    told = []

    async def breaks(reader: Reader, writer: Writer) -> None:
        writer.write(raw)
        told.append(await read_frame(reader))
        assert await reader.read() == b""

    ran = talk("return ends(new WebSocket(`ws://localhost:${event.port}`));", accepts(breaks), setup=ENDS)
    assert ran.value[1:] == [1006, "", False]
    assert [(opcode, int.from_bytes(payload[:2])) for opcode, payload in told] == [(CLOSE, code)]


async def _says(head: bytes, reader: Reader, writer: Writer) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(head)
    await writer.drain()


def _answers(head: bytes) -> Handler:
    async def handle(reader: Reader, writer: Writer) -> None:
        await _says(head, reader, writer)

    return handle


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "Unexpected server response: 403"),
        (b"garbage\r\n\r\n", "The server does not speak HTTP/1.1"),
        (b"HTTP/1.1 101 ok\r\n\r\n", "The server did not upgrade to WebSocket"),
        (
            b"HTTP/1.1 101 ok\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            "Invalid Sec-WebSocket-Accept header",
        ),
        (b"HTTP/1.1 101 ok\r\n" + b"A: b\r\n" * 5_000, "The answer to the opening handshake is too long"),
        (b"", "The server closed the connection without a close frame"),
    ],
)
def test_a_handshake_that_is_none_is_an_error(talk: Talks, head: bytes, said: str) -> None:
    ran = talk("return ends(new WebSocket(`ws://localhost:${event.port}`));", _answers(head), setup=ENDS)
    assert ran.value == [said, 1006, "", False]


@pytest.mark.parametrize("header", ["Sec-WebSocket-Protocol: other", "Sec-WebSocket-Extensions: permessage-deflate"])
def test_what_was_not_offered_cannot_be_chosen(talk: Talks, header: str) -> None:
    ran = talk("return ends(new WebSocket(`ws://localhost:${event.port}`));", accepts(echo, header), setup=ENDS)
    assert "not offered" in ran.value[0]


def test_a_server_that_never_answers_a_close_keeps_nobody(talk: Talks) -> None:
    ran = talk(
        """
        const socket = new WebSocket(`ws://localhost:${event.port}`);
        socket.onopen = () => socket.close();
        return ends(socket);
        """,
        accepts(sends()),
        setup=ENDS,
    )
    assert ran.value == [1006, "", False]


def test_a_refusal_by_policy_is_told(talk: Talks) -> None:
    ran = talk("return ends(new WebSocket('ws://db.internal'));", setup=ENDS)
    assert ran.value[0].startswith("connect EACCES db.internal:80 - ")


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("new WebSocket('ftp://a')", "SyntaxError"),
        ("new WebSocket('nope')", "SyntaxError"),
        ("new WebSocket('ws://a/#b')", "SyntaxError"),
        ("new WebSocket('ws://a', ['x', 'X'])", "SyntaxError"),
        ("new WebSocket('ws://a', ['x y'])", "SyntaxError"),
        ("new WebSocket('ws://a', { headers: { a: 'b\\r\\nc: d' } })", "TypeError"),
        ("new WebSocket('ws://a', { headers: { Host: 'b' } })", "TypeError"),
        ("new WebSocket('ws://localhost').send('x')", "InvalidStateError"),
        ("new WebSocket('ws://localhost').close(1001)", "InvalidAccessError"),
        ("new WebSocket('ws://localhost').close(1000, 'x'.repeat(124))", "SyntaxError"),
    ],
)
def test_what_cannot_be_asked_is_refused(talk: Talks, expression: str, name: str) -> None:
    assert talk(f"try {{ {expression} }} catch (e) {{ return e.name; }}").value == name


def test_the_interface_has_its_constants(talk: Talks) -> None:
    ran = talk("return [WebSocket.OPEN, WebSocket.prototype.CLOSED, WebSocket.name, 'onopen' in WebSocket.prototype];")
    assert ran.value == [1, 3, "WebSocket", True]
