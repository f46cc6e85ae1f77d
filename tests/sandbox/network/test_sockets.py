"""`connect` of `cloudflare:sockets`: the sockets of edge runtimes, as streams."""

import pytest
from certificates import Authority
from talks import Reader, Talks, Writer

SOCKETS = """
const { connect } = require('cloudflare:sockets');
const encoder = new TextEncoder();
const decoder = new TextDecoder();
"""


async def echo(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


def test_bytes_go_both_ways(talk: Talks) -> None:
    ran = talk(
        """
        const socket = connect({ hostname: 'localhost', port: event.port });
        const { remoteAddress, localAddress } = await socket.opened;
        const writer = socket.writable.getWriter();
        const reader = socket.readable.getReader();
        await writer.write(encoder.encode('hello'));
        const { value } = await reader.read();
        await writer.close();
        const { done } = await reader.read();
        await socket.closed;
        return [remoteAddress === `127.0.0.1:${event.port}`, localAddress.startsWith('127.0.0.1:'),
          decoder.decode(value), done];
        """,
        echo,
        setup=SOCKETS,
    )
    assert ran.value == [True, True, "hello", True]


def test_starttls_secures_the_connection(talk: Talks, authority: Authority) -> None:
    """Verification has the system's roots alone here, as on the edge: the test's own authority is refused."""
    server = authority.server()

    async def database(reader: Reader, writer: Writer) -> None:
        await reader.readexactly(1)
        writer.write(b"S")
        await writer.drain()
        await writer.start_tls(server)

    ran = talk(
        """
        const bare = connect(`localhost:${event.port}`, { secureTransport: 'starttls' });
        const writer = bare.writable.getWriter();
        await writer.write(encoder.encode('?'));
        const reader = bare.readable.getReader();
        const { value } = await reader.read();
        writer.releaseLock();
        reader.releaseLock();
        const secure = bare.startTls({ expectedServerHostname: 'localhost' });
        const failure = await secure.opened.catch((error) => error.code);
        return [decoder.decode(value), bare.upgraded, secure.secureTransport, failure];
        """,
        database,
        setup=SOCKETS,
    )
    said, upgraded, transport, failure = ran.value
    assert [said, upgraded, transport] == ["S", True, "on"]
    assert failure in {"UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "SELF_SIGNED_CERT_IN_CHAIN"}


def test_a_refused_connection_fails_all_its_promises(talk: Talks) -> None:
    ran = talk(
        """
        const socket = connect('localhost:1');
        const promises = [socket.opened, socket.closed, socket.readable.getReader().read(),
          socket.writable.getWriter().write(encoder.encode('x'))];
        return Promise.all(promises.map((promise) => promise.then(() => 'fine', (error) => error.code)));
        """,
        setup=SOCKETS,
    )
    assert ran.value == ["ECONNREFUSED"] * 4


def test_a_socket_that_is_closed_reads_as_ended(talk: Talks) -> None:
    async def silent(reader: Reader, _writer: Writer) -> None:
        await reader.read()

    ran = talk(
        """
        const socket = connect(`127.0.0.1:${event.port}`);
        await socket.opened;
        const reading = socket.readable.getReader().read();
        await socket.close();
        return (await reading).done;
        """,
        silent,
        setup=SOCKETS,
    )
    assert ran.value is True


def test_a_read_has_the_callers_own_buffer(talk: Talks) -> None:
    ran = talk(
        """
        const socket = connect(`127.0.0.1:${event.port}`);
        await socket.writable.getWriter().write(encoder.encode('abcdef'));
        const reader = socket.readable.getReader({ mode: 'byob' });
        const first = await reader.read(new Uint8Array(4));
        const second = await reader.read(new Uint8Array(4));
        return [decoder.decode(first.value), decoder.decode(second.value)];
        """,
        echo,
        setup=SOCKETS,
    )
    assert ran.value == ["abcd", "ef"]


@pytest.mark.parametrize(
    "expression",
    [
        "connect('localhost')",
        "connect('localhost:0')",
        "connect({ hostname: '', port: 1 })",
        "connect('localhost:1', { secureTransport: 'maybe' })",
        "connect('localhost:1').startTls()",
        "new (require('cloudflare:sockets').Socket)()",
    ],
)
def test_what_cannot_be_is_a_type_error(talk: Talks, expression: str) -> None:
    ran = talk(
        f"try {{ const it = {expression}; it.opened.catch(() => {{}}); }} catch (e) {{ return e.name; }}", setup=SOCKETS
    )
    assert ran.value == "TypeError"
