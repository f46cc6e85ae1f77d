"""`http` and `https`: Node's own client over the guest's sockets, with a parser of ours."""

import asyncio

import pytest
from certificates import Authority
from http_peers import answers, echo, read_request, response
from talks import Reader, Talks, Writer

GET = """
const http = require('http');
const get = (options) => new Promise((resolve, reject) => {
  http.get({ port: event.port, ...options }, async (res) => resolve([res, await all(res)])).on('error', reject);
});
"""


def test_a_get_is_answered(talk: Talks) -> None:
    ran = talk(
        """
        const http = require('http');
        const seen = [];
        const req = http.get(`http://localhost:${event.port}/a/../b?c=d`, { headers: { 'X-Own': 'yes' } });
        for (const name of ['socket', 'finish', 'response', 'close']) req.on(name, () => seen.push(name));
        const closed = once(req, 'close');
        const [res] = await once(req, 'response');
        const { line, headers } = JSON.parse(await all(res));
        await closed;
        return [res.statusCode, res.statusMessage, res.httpVersion, res.complete, res.headers['content-length'] > 0,
          line,
          headers['x-own'], headers.host === `localhost:${event.port}`, headers.connection, seen,
          req.path, req.method, res.req === req, req.reusedSocket];
        """,
        echo,
    )
    assert ran.value == [
        200,
        "OK",
        "1.1",
        True,
        True,
        "GET /b?c=d HTTP/1.1",
        "yes",
        True,
        "keep-alive",
        ["socket", "finish", "response", "close"],
        "/b?c=d",
        "GET",
        True,
        False,
    ]


def test_a_body_is_sent_with_its_length_or_in_chunks(talk: Talks) -> None:
    ran = talk(
        """
        const http = require('http');
        const send = async (write) => {
          const req = http.request({ port: event.port, method: 'POST', path: '/' });
          write(req);
          const [res] = await once(req, 'response');
          const { headers, body } = JSON.parse(await all(res));
          return [headers['content-length'], headers['transfer-encoding'], body];
        };
        return [await send((req) => req.end('hello')), await send((req) => { req.write('a'); req.end('b'); }),
          await send((req) => req.end())];
        """,
        echo,
    )
    assert ran.value == [["5", None, "hello"], [None, "chunked", "ab"], ["0", None, ""]]


def test_connections_are_kept_and_used_again(talk: Talks) -> None:
    ran = talk(
        GET
        + """
        const agent = new http.Agent({ keepAlive: true });
        const sockets = new Set();
        for (let i = 0; i < 3; i++) {
          const [res] = await get({ agent });
          sockets.add(res.socket);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return [sockets.size, Object.keys(agent.freeSockets).length];
        """,
        echo,
    )
    assert ran.value == [1, 1]
    assert ran.network.kinds().count("socket.connect") == 1


def test_what_comes_unasked_over_a_kept_connection_is_no_answer(talk: Talks) -> None:
    idle = asyncio.Event()

    async def poisons(reader: Reader, writer: Writer) -> None:
        line, _, _ = await read_request(reader)
        writer.write(response(line))
        await writer.drain()
        if line.startswith("GET /now"):
            idle.set()
        elif line.startswith("GET /first"):
            await idle.wait()
            writer.write(response("poison"))
            await writer.drain()
            await reader.read()

    ran = talk(
        GET
        + """
        const agent = new http.Agent({ keepAlive: true });
        const [, first] = await get({ agent, path: '/first' });
        await new Promise((resolve) => setImmediate(resolve));
        const [kept] = Object.values(agent.freeSockets).flat();
        const closed = once(kept, 'close');
        await get({ agent: false, path: '/now' });
        await closed;
        const [, second] = await get({ agent, path: '/second' });
        return [first, second];
        """,
        poisons,
    )
    assert ran.value == ["GET /first HTTP/1.1", "GET /second HTTP/1.1"]


def test_chunks_and_trailers_are_read(talk: Talks) -> None:
    chunked = (
        b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX: 1\r\nX: 2\r\n\r\n"
        b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nDigest: abc\r\n\r\n"
    )
    ran = talk(
        GET
        + """
        const [res, text] = await get({});
        return [text, res.headers['set-cookie'], res.headers.x, res.headersDistinct.x, res.trailers,
          res.rawHeaders.length];
        """,
        answers(chunked),
    )
    assert ran.value == ["hello world", ["a=1", "b=2"], "1, 2", ["1", "2"], {"digest": "abc"}, 10]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", "to the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok"),
        (b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
    ],
)
def test_bodies_end_where_they_end(talk: Talks, raw: bytes, text: str) -> None:
    assert talk(f"{GET} return (await get({{}}))[1];", answers(raw)).value == text


@pytest.mark.parametrize("size", [1, 7])
def test_a_response_may_come_in_any_pieces(talk: Talks, size: int) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n"

    async def slowly(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        for at in range(0, len(raw), size):
            writer.write(raw[at : at + size])
            await writer.drain()
            await asyncio.sleep(0)

    ran = talk(f"{GET} const [res, text] = await get({{}}); return [text, res.headers.a, res.trailers.t];", slowly)
    assert ran.value == ["abcde", "b", "u"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"220 smtp.example ESMTP\r\n", "HPE_INVALID_CONSTANT"),
        (b"\x16\x03\x01\x02\x00garbage", "HPE_INVALID_CONSTANT"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "HPE_INVALID_CONSTANT"),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "HPE_INVALID_CONSTANT"),
        (b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", "HPE_INVALID_HEADER_TOKEN"),
        (b"HTTP/1.1 200 OK\r\nA : c\r\n\r\n", "HPE_INVALID_HEADER_TOKEN"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "HPE_INVALID_HEADER_TOKEN"),
        (b"HTTP/1.1 200 OK\r\nA: b\x00\r\n\r\n", "HPE_INVALID_HEADER_TOKEN"),
        (b"HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n", "HPE_CR_EXPECTED"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HPE_UNEXPECTED_CONTENT_LENGTH"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", "HPE_INVALID_CONTENT_LENGTH"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HPE_INVALID_CONTENT_LENGTH",
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"A: " + b"b" * 20_000 + b"\r\n\r\n", "HPE_HEADER_OVERFLOW"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 4_000 + b"\r\n", "HPE_HEADER_OVERFLOW"),
        (b"", "ECONNRESET"),
        (b"HTTP/1.1 200 OK\r\nContent-", "ECONNRESET"),
    ],
)
def test_what_is_no_response_is_an_error(talk: Talks, raw: bytes, code: str) -> None:
    assert talk(f"{GET} return get({{}}).then(() => 'fine', (error) => error.code);", answers(raw)).value == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "ECONNRESET"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "ECONNRESET"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "HPE_INVALID_CHUNK_SIZE"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "HPE_STRICT"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n", "HPE_INVALID_CHUNK_SIZE"),
    ],
)
def test_a_body_that_breaks_off_is_never_whole(talk: Talks, raw: bytes, code: str) -> None:
    ran = talk(
        """
        const req = require('http').get({ port: event.port });
        const codes = [];
        req.on('error', (error) => codes.push(error.code));
        const res = await new Promise((resolve) => req.on('response', (res) => {
          res.on('error', (error) => codes.push(error.code));
          res.on('close', () => resolve(res));
          res.resume();
        }));
        await new Promise((resolve) => setImmediate(resolve));
        return [res.complete, codes];
        """,
        answers(raw),
    )
    complete, codes = ran.value
    assert complete is False
    assert code in codes


def test_a_request_that_is_given_up_ends(talk: Talks) -> None:
    async def silent(reader: Reader, _writer: Writer) -> None:
        await reader.read()

    ran = talk(
        """
        const http = require('http');
        const outcome = (req) =>
          new Promise((resolve) => req.on('error', (e) => resolve([e.message, e.code, req.destroyed])));
        const destroyed = http.get({ port: event.port });
        destroyed.on('socket', () => destroyed.destroy());
        const aborted = http.get({ port: event.port, signal: AbortSignal.abort() });
        const late = http.get({ port: event.port, timeout: 20 });
        late.on('timeout', () => late.destroy(new Error('too slow')));
        const outcomes = await Promise.all([destroyed, aborted, late].map(outcome));
        return [outcomes[0], outcomes[1][1], outcomes[2]];
        """,
        silent,
    )
    assert ran.value == [["socket hang up", "ECONNRESET", True], "ABORT_ERR", ["too slow", None, True]]


def test_a_large_answer_is_read_as_fast_as_it_is_taken(talk: Talks) -> None:
    async def endless(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * (1 << 16))
            await writer.drain()

    ran = talk(
        """
        const [res] = await once(require('http').get({ port: event.port }), 'response');
        await once(res, 'readable');
        await new Promise((resolve) => setTimeout(resolve, 50));
        const read = res.socket.bytesRead;
        res.destroy();
        return read < 400_000;
        """,
        endless,
    )
    assert ran.value is True


def test_an_agent_of_the_callers_own_makes_the_connection(talk: Talks) -> None:
    """As the proxy agents do: the socket comes from createConnection."""
    ran = talk(
        """
        const http = require('http');
        class Own extends http.Agent {
          createConnection(options, done) {
            this.asked = options.host;
            return require('net').connect(event.port, '127.0.0.1');
          }
        }
        const agent = new Own();
        const [res] = await once(http.get('http://far.example/x', { agent }), 'response');
        return [agent.asked, JSON.parse(await all(res)).headers.host];
        """,
        echo,
    )
    assert ran.value == ["far.example", "far.example"]


def test_connect_and_upgrade_hand_the_socket_over(talk: Talks) -> None:
    async def switches(reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 200 Established\r\n\r\nearly ")
        else:
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\nearly ")
        writer.write(await reader.readexactly(4))
        await writer.drain()

    ran = talk(
        """
        const http = require('http');
        const talk = async (options, name) => {
          const req = http.request({ port: event.port, ...options }).end();
          const [res, socket, head] = await once(req, name);
          socket.write('ping');
          return [res.statusCode, head.toString() + await all(socket)];
        };
        return [await talk({ method: 'CONNECT', path: 'a.example:443' }, 'connect'),
          await talk({ headers: { Connection: 'Upgrade', Upgrade: 'own' } }, 'upgrade')];
        """,
        switches,
    )
    assert ran.value == [[200, "early ping"], [101, "early ping"]]


def test_expect_continue_waits_for_the_server(talk: Talks) -> None:
    async def careful(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        writer.write(response(await reader.readexactly(4)))

    ran = talk(
        """
        const req = require('http').request({ port: event.port, method: 'PUT',
          headers: { Expect: '100-continue', 'Content-Length': 4 } });
        const hints = once(req, 'information');
        req.on('continue', () => req.end('body'));
        req.flushHeaders();
        const [res] = await once(req, 'response');
        return [(await hints)[0].statusCode, await all(res)];
        """,
        careful,
    )
    assert ran.value == [103, "body"]


def test_https_is_verified_and_takes_certificates(talk: Talks, authority: Authority) -> None:
    certificate, key = authority.issue("client.example")
    ran = talk(
        """
        const https = require('https');
        const { ca, cert, key } = event;
        const agent = new https.Agent({ keepAlive: true, ca, cert, key });
        const [res] = await once(https.get(`https://localhost:${event.port}/`, { agent }), 'response');
        const { authorized, encrypted } = res.socket;
        const peer = res.socket.getPeerCertificate().subject.CN;
        return [JSON.parse(await all(res)).line, authorized, encrypted, peer];
        """,
        echo,
        tls=authority.server(clients=True),
        event={"ca": authority.pem, "cert": certificate, "key": key},
    )
    assert ran.value == ["GET / HTTP/1.1", True, True, "localhost"]


def test_https_trusts_nobody_unknown(talk: Talks, authority: Authority) -> None:
    ran = talk(
        "return (await once(require('https').get({ port: event.port }), 'error'))[0].code;",
        echo,
        tls=authority.server(),
    )
    assert ran.value in {"UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "SELF_SIGNED_CERT_IN_CHAIN"}


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("http.get('https://a.example')", "ERR_INVALID_PROTOCOL"),
        ("http.get({ path: '/a b' })", "ERR_UNESCAPED_CHARACTERS"),
        ("http.request({ method: 'G ET' })", "ERR_INVALID_HTTP_TOKEN"),
        ("http.validateHeaderName('a b')", "ERR_INVALID_HTTP_TOKEN"),
        ("http.validateHeaderValue('a', 'x\\r\\ny: z')", "ERR_INVALID_CHAR"),
        ("http.get({ headers: { a: 'x\\r\\ny: z' } })", "ERR_INVALID_CHAR"),
        ("http.createServer().listen(80)", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"),
        ("https.createServer({}).listen(80)", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"),
    ],
)
def test_what_cannot_be_is_refused(talk: Talks, expression: str, code: str) -> None:
    ran = talk(
        f"const http = require('http'), https = require('https'); try {{ {expression} }} catch (e) {{ return e.code; }}"
    )
    assert ran.value == code


def test_a_refusal_by_policy_reaches_the_request(talk: Talks) -> None:
    ran = talk("return told((await once(require('http').get('http://db.internal'), 'error'))[0]);")
    assert ran.value["code"] == "EACCES"
    assert "private" in ran.value["message"]


def test_the_module_has_what_node_has(talk: Talks) -> None:
    ran = talk(
        """
        const http = require('node:http'), https = require('node:https');
        return [http.METHODS.length, http.STATUS_CODES[418], http.maxHeaderSize, https.globalAgent.defaultPort,
          https.globalAgent instanceof http.Agent, http.globalAgent.protocol];
        """
    )
    assert ran.value == [35, "I'm a Teapot", 16384, 443, True, "http:"]
