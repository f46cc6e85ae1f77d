"""`axios`, `node-fetch` and `ws`, unchanged, over the guest's `http` and `https`."""

import gzip

from bundles import bundle
from certificates import Authority
from http_peers import echo, read_request, response, routes
from talks import Reader, Talks, Writer
from websocket_peers import accepts
from websocket_peers import echo as websocket_echo


def test_axios_posts_json_and_reads_json(talk: Talks) -> None:
    ran = talk(
        """
        const { data, status, headers } = await packages.axios.post(`http://localhost:${event.port}/users?x=1`,
          { name: 'ü' }, { headers: { 'X-Own': 'yes' }, params: { y: 2 } });
        return [status, data.line, JSON.parse(data.body),
          data.headers['content-type'], data.headers['x-own']];
        """,
        echo,
        setup=bundle("axios"),
    )
    assert ran.value == [200, "POST /users?x=1&y=2 HTTP/1.1", {"name": "ü"}, "application/json", "yes"]


def test_axios_follows_redirects_unpacks_and_fails_by_status(talk: Talks) -> None:
    packed = gzip.compress(b'{"ok": true}')
    ran = talk(
        """
        const axios = packages.axios;
        const base = `http://localhost:${event.port}`;
        const { data, request } = await axios.get(`${base}/old`);
        const failed = await axios.get(`${base}/gone`)
          .catch((error) => [error.code, error.response.status, error.response.data]);
        return [data, request.res.responseUrl.endsWith('/new'), failed];
        """,
        routes(
            {
                "/old": response(status="302 Found", Location="/new"),
                "/new": response(packed, Content_Type="application/json", Content_Encoding="gzip"),
                "/gone": response("no", status="404 Not Found"),
            }
        ),
        setup=bundle("axios"),
    )
    assert ran.value == [{"ok": True}, True, ["ERR_BAD_REQUEST", 404, "no"]]


def test_axios_gives_up_in_time(talk: Talks) -> None:
    async def silent(reader: Reader, _writer: Writer) -> None:
        await reader.read()

    ran = talk(
        """
        const get = (options) =>
          packages.axios.get(`http://localhost:${event.port}`, options).catch((error) => error.code);
        return [await get({ timeout: 30 }), await get({ signal: AbortSignal.timeout(30) }),
          await packages.axios.get('http://localhost:1').catch((error) => error.code)];
        """,
        silent,
        setup=bundle("axios"),
    )
    assert ran.value == ["ECONNABORTED", "ERR_CANCELED", "ECONNREFUSED"]


def test_axios_over_https_with_the_callers_own_authority(talk: Talks, authority: Authority) -> None:
    ran = talk(
        """
        const httpsAgent = new (require('https').Agent)({ ca: event.ca });
        const { data } = await packages.axios.get(`https://localhost:${event.port}/`, { httpsAgent });
        const refused = await packages.axios.get(`https://localhost:${event.port}/`).catch((error) => error.code);
        return [data.line, refused];
        """,
        echo,
        tls=authority.server(),
        setup=bundle("axios"),
        event={"ca": authority.pem},
    )
    line, refused = ran.value
    assert line == "GET / HTTP/1.1"
    assert refused in {"UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "SELF_SIGNED_CERT_IN_CHAIN"}


def test_node_fetch_works(talk: Talks) -> None:
    ran = talk(
        """
        const { default: fetch } = packages['node-fetch'];
        const response = await fetch(`http://localhost:${event.port}/x`, { method: 'PUT', body: 'hello' });
        const { line, body } = await response.json();
        return [response.status, response.headers.get('content-length') > 0, line, body];
        """,
        echo,
        setup=bundle("node-fetch"),
    )
    assert ran.value == [200, True, "PUT /x HTTP/1.1", "hello"]


def test_ws_works(talk: Talks) -> None:
    ran = talk(
        """
        const socket = new packages.ws(`ws://localhost:${event.port}`, { perMessageDeflate: false });
        await once(socket, 'open');
        socket.send('hello');
        const [data] = await once(socket, 'message');
        socket.close(1000);
        const [code] = await once(socket, 'close');
        return [`${data}`, code];
        """,
        accepts(websocket_echo),
        setup=bundle("ws"),
    )
    assert ran.value == ["hello", 1000]


def test_a_body_that_breaks_off_is_an_error(talk: Talks) -> None:
    async def breaks(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()

    ran = talk(
        "return packages.axios.get(`http://localhost:${event.port}`).then(() => 'fine', (error) => error.code);",
        breaks,
        setup=bundle("axios"),
    )
    assert ran.value in {"ECONNRESET", "ERR_BAD_RESPONSE"}
