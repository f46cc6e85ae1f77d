"""Whatever a server sends, in whatever pieces: the action gets a whole answer or an error, and goes on."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from talks import Handler, Reader, Talks, Writer
from websocket_peers import CLOSE, PING, PONG, TEXT, accepts, frame, read_frame

# `talk` keeps nothing between its calls.
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

RESPONSE = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n"
    b"3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nT: u\r\n\r\n"
)
GET = """
return new Promise((resolve) => {
  const req = require('http').get({ port: event.port });
  req.on('error', (error) => resolve([error.code]));
  req.on('response', (res) => {
    let text = '';
    res.on('data', (chunk) => { text += chunk.toString('latin1'); });
    res.on('error', () => {});
    res.on('close', () => resolve(res.complete ? [text, res.headers.a, res.trailers.t] : ['cut off']));
  });
});
"""
LISTEN = """
return new Promise((resolve) => {
  const socket = new WebSocket(`ws://localhost:${event.port}`);
  const seen = [];
  socket.onmessage = ({ data }) => seen.push(data);
  socket.onclose = ({ code, reason }) => resolve([...seen, code, reason]);
});
"""


def _pieces(raw: bytes, cuts: set[int]) -> list[bytes]:
    at = [0, *sorted(cut for cut in cuts if cut < len(raw)), len(raw)]
    return [raw[start:end] for start, end in itertools.pairwise(at)]


def _http(pieces: list[bytes]) -> Handler:
    async def handle(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return handle


@FEW
@given(cuts=st.sets(st.integers(1, len(RESPONSE)), max_size=12))
def test_a_response_is_the_same_however_it_is_cut(talk: Talks, cuts: set[int]) -> None:
    assert talk(GET, _http(_pieces(RESPONSE, cuts))).value == ["abc0123456789abcdef", "b", "u"]


@FEW
@given(at=st.integers(0, len(RESPONSE) - 1), junk=st.binary(max_size=40), kept=st.integers(0, 60))
def test_a_response_that_was_tampered_with_is_whole_or_an_error(talk: Talks, at: int, junk: bytes, kept: int) -> None:
    ran = talk(GET, _http([RESPONSE[:at] + junk + RESPONSE[len(RESPONSE) - kept :]]))
    [first, *_] = ran.value
    assert isinstance(first, str)


@FEW
@given(junk=st.binary(max_size=300))
def test_garbage_is_never_an_answer(talk: Talks, junk: bytes) -> None:
    [code] = talk(GET, _http([b"\0" + junk])).value
    assert code in {"HPE_INVALID_CONSTANT", "ECONNRESET"}


MESSAGES = (
    frame(TEXT, b"a" * 130, final=False)
    + frame(PING, b"?")
    + frame(0, "ü".encode())
    + frame(TEXT, b"x" * 70_000)
    + frame(CLOSE, (1000).to_bytes(2) + b"bye")
)


@FEW
@given(cuts=st.sets(st.integers(1, 400), max_size=12))
def test_messages_are_the_same_however_they_are_cut(talk: Talks, cuts: set[int]) -> None:
    async def sends(reader: Reader, writer: Writer) -> None:
        for piece in _pieces(MESSAGES, cuts):
            writer.write(piece)
            await writer.drain()
        assert [opcode for opcode, _ in (await read_frame(reader), await read_frame(reader))] == [PONG, CLOSE]

    assert talk(LISTEN, accepts(sends)).value == ["a" * 130 + "ü", "x" * 70_000, 1000, "bye"]


@FEW
@given(junk=st.binary(min_size=1, max_size=200))
def test_frames_of_garbage_end_the_connection(talk: Talks, junk: bytes) -> None:
    async def sends(_reader: Reader, writer: Writer) -> None:
        writer.write(junk)
        await writer.drain()

    *_, code, _ = talk(LISTEN, accepts(sends)).value
    assert isinstance(code, int)
