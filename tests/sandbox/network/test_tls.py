"""`tls`: verified by the host, from the start of a connection or after it (STARTTLS)."""

import asyncio

import pytest
from certificates import Authority
from reach import Network
from talks import Reader, Talks, Writer


async def echo(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


def test_a_tls_socket_is_verified_and_shows_its_peer(talk: Talks, authority: Authority) -> None:
    ran = talk(
        """
        const options = { host: 'localhost', port: event.port, ca: event.ca, ALPNProtocols: ['http/1.1'] };
        const seen = [];
        const socket = require('tls').connect(options, () => seen.push('callback'));
        for (const name of ['lookup', 'connect', 'secureConnect']) socket.on(name, () => seen.push(name));
        await once(socket, 'secureConnect');
        const peer = socket.getPeerCertificate();
        socket.end('hi');
        return [seen, socket.authorized, socket.authorizationError, socket.encrypted, socket.alpnProtocol,
          socket.getProtocol(), socket.getCipher().name.length > 5, socket.servername, peer.subject.CN,
          peer.issuer.CN, peer.subjectaltname.split(', ')[0], Buffer.isBuffer(peer.raw), await all(socket)];
        """,
        echo,
        tls=authority.server(),
        event={"ca": authority.pem},
    )
    assert ran.value == [
        ["lookup", "connect", "callback", "secureConnect"],
        True,
        None,
        True,
        "http/1.1",
        "TLSv1.3",
        True,
        "localhost",
        "localhost",
        "Test authority",
        "DNS:localhost",
        True,
        "hi",
    ]


def test_a_certificate_of_nobody_is_refused(talk: Talks, authority: Authority) -> None:
    ran = talk(
        "return told((await once(require('tls').connect(event.port, 'localhost'), 'error'))[0]).code;",
        echo,
        tls=authority.server(),
    )
    assert ran.value in {"UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "SELF_SIGNED_CERT_IN_CHAIN"}


def test_a_certificate_of_another_name_is_refused(talk: Talks, authority: Authority) -> None:
    ran = talk(
        """
        const socket = require('tls').connect({ port: event.port, host: 'localhost', ca: [event.ca] });
        return told((await once(socket, 'error'))[0]).code;
        """,
        echo,
        tls=authority.server("other.example"),
        event={"ca": authority.pem},
    )
    assert ran.value == "ERR_TLS_CERT_ALTNAME_INVALID"


def test_tls_without_verification_needs_the_operators_word(talk: Talks, authority: Authority) -> None:
    body = """
        const socket = require('tls').connect({ port: event.port, host: 'localhost', rejectUnauthorized: false });
        return Promise.race([
          once(socket, 'error').then(([error]) => [error.code, error.message]),
          new Promise((resolve) => socket.once('secureConnect', resolve))
            .then(() => [socket.authorized, socket.authorizationError]),
        ]);
        """
    server = authority.server("other.example")
    code, message = talk(body, echo, tls=server).value
    assert code == "EACCES"
    assert "insecure_tls" in message
    allowed = talk(body, echo, tls=server, network=Network(insecure_tls=True))
    assert allowed.value == [False, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]


def test_a_check_of_the_callers_own_sees_the_certificate(talk: Talks, authority: Authority) -> None:
    ran = talk(
        """
        const tls = require('tls');
        const names = [];
        const connect = (checkServerIdentity) => tls.connect({ port: event.port, host: 'localhost', ca: event.ca,
          checkServerIdentity });
        const fine = connect((host, cert) => { names.push(host, cert.subject.CN); });
        await once(fine, 'secureConnect');
        const [error] = await once(connect(() => new Error('not mine')), 'error');
        return [names, error.message];
        """,
        echo,
        tls=authority.server(),
        event={"ca": authority.pem},
    )
    assert ran.value == [["localhost", "localhost"], "not mine"]


def test_a_protocol_that_the_options_exclude_is_refused(talk: Talks, authority: Authority) -> None:
    ran = talk(
        """
        const socket = require('tls').connect({ port: event.port, host: 'localhost', ca: event.ca,
          maxVersion: 'TLSv1.2' });
        return told((await once(socket, 'error'))[0]).code;
        """,
        echo,
        tls=authority.server(),
        event={"ca": authority.pem},
    )
    assert ran.value == "ERR_SSL_UNSUPPORTED_PROTOCOL"


def test_starttls_secures_a_socket_that_has_talked_already(talk: Talks, authority: Authority) -> None:
    """As `pg` does it: asks on the bare socket, reads one byte in flowing mode, then wraps it."""
    server = authority.server()

    async def database(reader: Reader, writer: Writer) -> None:
        assert await reader.readexactly(8) == b"\0\0\0\x08\x04\xd2\x16/"
        writer.write(b"S")
        await writer.drain()
        await writer.start_tls(server)
        await echo(reader, writer)

    ran = talk(
        """
        const bare = require('net').connect(event.port, 'localhost');
        const request = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
        bare.once('connect', () => bare.write(request));
        const [answer, socket] = await new Promise((resolve) => bare.once('data', (answer) => {
          resolve([answer, require('tls').connect({ socket: bare, servername: 'localhost', ca: event.ca })]);
        }));
        socket.write('early ');
        await once(socket, 'secureConnect');
        socket.write('late');
        let text = '';
        while (!text.endsWith('late')) text += (await once(socket, 'data'))[0];
        socket.destroy();
        await once(bare, 'close');
        return [`${answer}`, text, socket.authorized, socket.remoteAddress, bare.destroyed, socket.destroyed];
        """,
        database,
        event={"ca": authority.pem},
    )
    assert ran.value == ["S", "early late", True, "127.0.0.1", True, True]


def test_a_peer_that_hangs_up_instead_of_tls_is_an_error(talk: Talks) -> None:
    async def hangs_up(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        writer.transport.abort()

    ran = talk(
        """
        const bare = require('net').connect(event.port, 'localhost');
        await once(bare, 'connect');
        const socket = require('tls').connect({ socket: bare, servername: 'localhost' });
        return (await once(socket, 'error'))[0].code;
        """,
        hangs_up,
    )
    assert ran.value == "ECONNRESET"


def test_garbage_instead_of_tls_is_an_error(talk: Talks) -> None:
    async def garbage(_reader: Reader, writer: Writer) -> None:
        writer.write(b"220 smtp.example ready\r\n" * 10)
        await writer.drain()
        await asyncio.sleep(0)

    ran = talk(
        "return (await once(require('tls').connect(event.port, 'localhost'), 'error'))[0].code;",
        garbage,
    )
    assert ran.value in {"ERR_SSL_WRONG_VERSION_NUMBER", "EPROTO"}


@pytest.mark.parametrize(
    ("host", "names", "fits"),
    [
        ("a.example.com", "DNS:a.example.com", True),
        ("A.example.com.", "DNS:a.EXAMPLE.com", True),
        ("a.example.com", "DNS:*.example.com", True),
        ("a.b.example.com", "DNS:*.example.com", False),
        ("example.com", "DNS:*.example.com", False),
        ("a.com", "DNS:*.com", False),
        ("1.2.3.4", "IP Address:1.2.3.4", True),
        ("1.2.3.4", "DNS:1.2.3.4", False),
        ("b.example.com", "DNS:a.example.com, DNS:b.example.com", True),
    ],
)
def test_names_are_checked_by_rfc_6125(talk: Talks, host: str, names: str, fits: bool) -> None:
    ran = talk(
        """
        const error = require('tls').checkServerIdentity(event.host, { subject: {}, subjectaltname: event.names });
        return error === undefined ? true : error.code;
        """,
        event={"host": host, "names": names},
    )
    assert ran.value == (True if fits else "ERR_TLS_CERT_ALTNAME_INVALID")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("tls.connect({ port: 1, pfx: Buffer.alloc(3) })", "openssl pkcs12"),
        ("tls.connect({ port: 1, minVersion: 'SSLv3' })", "not a valid TLS protocol version"),
        ("tls.connect({ port: 1, ca: 7 })", "options.ca"),
        ("tls.createServer().listen(1)", "cannot be connected to"),
        ("new tls.TLSSocket(new (require('stream').PassThrough)())", "no net.Socket"),
        ("new tls.TLSSocket(undefined, { isServer: true })", "A TLS server"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(talk: Talks, expression: str, said: str) -> None:
    ran = talk(f"const tls = require('tls'); try {{ {expression} }} catch (e) {{ return e.message; }}")
    assert said in ran.value
