"""`net`: a TCP client as Node has it, over connections of the host's."""

import asyncio
import socket
import struct
from typing import Any

import pytest
from talks import Reader, Talks, Writer


async def echo(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


async def silent(reader: Reader, _writer: Writer) -> None:
    await reader.read()


async def reset(reader: Reader, writer: Writer) -> None:
    await reader.read(1)
    linger_not = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
    writer.transport.abort()


def test_a_socket_sends_and_receives(talk: Talks) -> None:
    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        await once(socket, 'connect');
        socket.end('hello');
        return [await all(socket), socket.bytesRead, socket.bytesWritten];
        """,
        echo,
    )
    assert ran.value == ["hello", 5, 5]


def test_events_come_in_the_order_of_node(talk: Talks) -> None:
    ran = talk(
        """
        const seen = [];
        const socket = require('net').connect({ port: event.port, host: 'localhost' }, () => seen.push('callback'));
        for (const name of ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'close']) {
          socket.on(name, (...args) => seen.push(name === 'close' ? [name, ...args] : name));
        }
        seen.push([socket.readyState, socket.connecting, socket.pending]);
        await once(socket, 'connect');
        seen.push([socket.readyState, socket.connecting, socket.pending]);
        socket.end('x');
        await once(socket, 'close');
        seen.push([socket.readyState, socket.destroyed]);
        return seen;
        """,
        echo,
    )
    assert ran.value == [
        ["opening", True, True],
        "lookup",
        "callback",
        "connect",
        "ready",
        ["open", False, False],
        "finish",
        "data",
        "end",
        ["close", False],
        ["closed", True],
    ]


def test_what_is_written_before_the_connection_stands_is_sent(talk: Talks) -> None:
    ran = talk(
        """
        const socket = new (require('net').Socket)();
        socket.connect(event.port, '127.0.0.1');
        socket.write('a');
        socket.write(Buffer.from('b'));
        socket.end('ü', 'latin1');
        return Buffer.from(await all(socket)).toString('hex');
        """,
        echo,
    )
    assert ran.value == "6162efbfbd"


def test_addresses_of_both_ends_are_known(talk: Talks) -> None:
    ran = talk(
        """
        const socket = require('net').createConnection({ port: `${event.port}`, host: '127.0.0.1' });
        await once(socket, 'connect');
        const { remoteAddress, remotePort, remoteFamily, localAddress, localFamily } = socket;
        const { address, family, port } = socket.address();
        return [remoteAddress, remotePort === event.port, remoteFamily, localAddress, localFamily, address, family,
          port === socket.localPort];
        """,
        silent,
    )
    assert ran.value == ["127.0.0.1", True, "IPv4", "127.0.0.1", "IPv4", "127.0.0.1", "IPv4", True]


def test_a_refused_connection_is_econnrefused(talk: Talks) -> None:
    ran = talk(
        """
        const socket = require('net').connect(1, '127.0.0.1');
        const closed = new Promise((resolve) => socket.on('close', resolve));
        const [error] = await once(socket, 'error');
        return [told(error), await closed, socket.destroyed];
        """
    )
    error = {
        "message": "connect ECONNREFUSED 127.0.0.1:1",
        "errno": -111,
        "code": "ECONNREFUSED",
        "syscall": "connect",
        "address": "127.0.0.1",
        "port": 1,
    }
    assert ran.value == [error, True, True]


def test_an_unknown_name_is_enotfound(talk: Talks) -> None:
    ran = talk(
        """
        const socket = require('net').connect(80, 'nowhere.example');
        const looked = new Promise((resolve) => socket.on('lookup', (error) => resolve(error.code)));
        const [error] = await once(socket, 'error');
        return [told(error), await looked];
        """
    )
    error = {
        "message": "getaddrinfo ENOTFOUND nowhere.example",
        "errno": -3008,
        "code": "ENOTFOUND",
        "syscall": "getaddrinfo",
        "hostname": "nowhere.example",
    }
    assert ran.value == [error, "ENOTFOUND"]


def test_a_refusal_by_policy_says_how_to_allow_it(talk: Talks) -> None:
    ran = talk("return told((await once(require('net').connect(5432, 'db.internal'), 'error'))[0]);")
    assert ran.value["code"] == "EACCES"
    assert ran.value["address"] == "db.internal"
    assert ran.value["message"].startswith("connect EACCES db.internal:5432 - ")
    assert "private" in ran.value["message"]


def test_a_reset_while_reading_is_econnreset(talk: Talks) -> None:
    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        socket.write('x');
        socket.resume();
        const closed = new Promise((resolve) => socket.on('close', resolve));
        return [told((await once(socket, 'error'))[0]), await closed];
        """,
        reset,
    )
    assert ran.value == [
        {"message": "read ECONNRESET", "errno": -104, "code": "ECONNRESET", "syscall": "read"},
        True,
    ]


def test_an_error_that_nobody_hears_fails_the_run(talk: Talks) -> None:
    ran = talk("require('net').connect(1, '127.0.0.1'); await new Promise(() => {});")
    assert ran.error is not None
    assert ran.error.message == "connect ECONNREFUSED 127.0.0.1:1"


def test_a_silent_socket_times_out_once_and_stays_open(talk: Talks) -> None:
    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        let times = 0;
        socket.setTimeout(20, () => times++);
        await once(socket, 'timeout');
        await new Promise((resolve) => setTimeout(resolve, 60));
        return [times, socket.destroyed, socket.timeout, socket.readyState];
        """,
        silent,
    )
    assert ran.value == [1, False, 20, "open"]


def test_a_busy_socket_needs_few_timers(talk: Talks) -> None:
    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        socket.setTimeout(60_000);
        for (let i = 0; i < 50; i++) {
          socket.write('ping');
          await once(socket, 'data');
        }
        socket.destroy();
        """,
        echo,
        operations=250,
    )
    assert ran.value is None


def test_reading_waits_for_who_reads(talk: Talks) -> None:
    """The peer sends without end; a paused socket asks the host for no more than its buffer holds."""

    async def endless(_reader: Reader, writer: Writer) -> None:
        while True:
            writer.write(b"x" * (1 << 16))
            await writer.drain()

    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        await once(socket, 'readable');
        await new Promise((resolve) => setTimeout(resolve, 50));
        return socket.bytesRead < 200_000;
        """,
        endless,
    )
    assert ran.value is True
    assert ran.network.kinds().count("socket.read") <= 3


def test_writing_waits_for_a_slow_peer(talk: Talks) -> None:
    """Of what is written, no more than one piece at a time is on its way; the rest shows in writableLength."""

    async def slow(reader: Reader, writer: Writer) -> None:
        await asyncio.sleep(0)
        total = 0
        while data := await reader.read(1 << 16):
            total += len(data)
        writer.write(b"%d" % total)
        await writer.drain()

    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        await once(socket, 'connect');
        const more = socket.write(Buffer.alloc(3_000_000));
        const waiting = socket.writableLength;
        await once(socket, 'drain');
        socket.end();
        return [more, waiting, await all(socket), socket.bytesWritten];
        """,
        slow,
    )
    assert ran.value == [False, 3_000_000, "3000000", 3_000_000]


def test_a_half_open_socket_writes_after_the_peers_end(talk: Talks) -> None:
    async def ends_first(reader: Reader, writer: Writer) -> None:
        writer.write_eof()
        assert await reader.read() == b"still here"

    ran = talk(
        """
        const socket = require('net').connect({ port: event.port, host: '127.0.0.1', allowHalfOpen: true });
        socket.resume();
        await once(socket, 'end');
        const state = socket.readyState;
        socket.end('still here');
        await once(socket, 'close');
        return state;
        """,
        ends_first,
    )
    assert ran.value == "writeOnly"


def test_a_socket_ends_with_its_peer(talk: Talks) -> None:
    async def leaves(_reader: Reader, writer: Writer) -> None:
        writer.close()

    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        socket.resume();
        const [hadError] = await once(socket, 'close');
        return [hadError, socket.destroyed];
        """,
        leaves,
    )
    assert ran.value == [False, True]


def test_a_destroyed_socket_is_closed_at_the_host(talk: Talks) -> None:
    gone = []

    async def watches(reader: Reader, _writer: Writer) -> None:
        gone.append(await reader.read())

    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        await once(socket, 'connect');
        socket.destroy();
        await once(socket, 'close');
        let late;
        socket.write('x', (error) => { late = error.code; });
        await new Promise((resolve) => setTimeout(resolve, 5));
        return late;
        """,
        watches,
    )
    assert ran.value == "ERR_STREAM_DESTROYED"
    assert gone == [b""]
    assert ran.network.kinds()[-1] == "socket.close" or "socket.close" in ran.network.kinds()


def test_a_socket_that_was_closed_connects_again(talk: Talks) -> None:
    ran = talk(
        """
        const socket = new (require('net').Socket)();
        const texts = [];
        socket.on('data', (chunk) => texts.push(`${chunk}`));
        for (const text of ['one', 'two']) {
          socket.connect(event.port, '127.0.0.1');
          const closed = once(socket, 'close');
          socket.end(text);
          await closed;
        }
        return [texts, socket.bytesRead];
        """,
        echo,
    )
    assert ran.value == [["one", "two"], 3]


def test_a_run_ends_with_its_handler_whatever_is_open(talk: Talks) -> None:
    ran = talk(
        "const socket = require('net').connect(event.port, '127.0.0.1'); await once(socket, 'connect'); return 1;",
        silent,
    )
    assert ran.value == 1


def test_a_lookup_of_the_callers_own_is_asked(talk: Talks) -> None:
    ran = talk(
        """
        const lookup = (name, options, found) => setTimeout(found, 1, null, [{ address: '127.0.0.1', family: 4 }]);
        const socket = require('net').connect({ port: event.port, host: 'own.example', lookup });
        const [, address, family, name] = await once(socket, 'lookup');
        await once(socket, 'connect');
        return [address, family, name];
        """,
        silent,
    )
    assert ran.value == ["127.0.0.1", 4, "own.example"]


@pytest.mark.parametrize(
    ("expression", "name", "code"),
    [
        ("net.connect(70000)", "RangeError", "ERR_SOCKET_BAD_PORT"),
        ("net.connect({})", "TypeError", "ERR_MISSING_ARGS"),
        ("net.connect('/run/a.sock')", "Error", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"),
        ("net.createServer().listen(80)", "Error", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"),
        ("new net.Socket({ fd: 1 })", "TypeError", "ERR_INVALID_FD_TYPE"),
        ("new net.Socket().setTimeout('1')", "TypeError", "ERR_INVALID_ARG_TYPE"),
        ("new net.Socket().setTimeout(-1)", "RangeError", "ERR_OUT_OF_RANGE"),
    ],
)
def test_what_cannot_be_is_refused(talk: Talks, expression: str, name: str, code: str) -> None:
    ran = talk(
        f"const net = require('net'); try {{ {expression} }} catch (e) {{ return [e.name, e.code, e.message]; }}"
    )
    assert ran.value[:2] == [name, code]
    assert ran.value[2]


ADDRESSES: list[tuple[str, int]] = [
    ("1.2.3.4", 4),
    ("255.255.255.255", 4),
    ("256.1.1.1", 0),
    ("01.2.3.4", 0),
    ("1.2.3", 0),
    ("::", 6),
    ("::1", 6),
    ("1::", 6),
    ("2001:db8::1:0:0:1", 6),
    ("::ffff:1.2.3.4", 6),
    ("1:2:3:4:5:6:7:8", 6),
    ("1:2:3:4:5:6:1.2.3.4", 6),
    ("1:2:3:4:5:6:7::", 6),
    ("fe80::1%eth0", 6),
    ("1:2:3:4:5:6:7:8:9", 0),
    ("1::2::3", 0),
    (":::", 0),
    ("1.2.3.4::", 0),
    ("1:2:3:4:5:6:7:8::", 0),
    ("12345::", 0),
    ("g::", 0),
    ("", 0),
    ("fe80::1%", 0),
]


def test_addresses_are_told_from_names(talk: Talks) -> None:
    ran = talk(
        """
        const net = require('net');
        return event.texts.map((text) => [net.isIP(text), net.isIPv4(text), net.isIPv6(text)]);
        """,
        event={"texts": [text for text, _ in ADDRESSES]},
    )
    assert ran.value == [[version, version == 4, version == 6] for _, version in ADDRESSES]


def test_a_block_list_has_addresses_ranges_and_subnets(talk: Talks) -> None:
    ran = talk(
        """
        const { BlockList, SocketAddress } = require('net');
        const list = new BlockList();
        list.addAddress('123.123.123.123');
        list.addRange('10.0.0.1', '10.0.0.10');
        list.addSubnet('8592:757c:efae:4e45::', 64, 'ipv6');
        return [list.rules, list.check('123.123.123.123'), list.check('10.0.0.3'), list.check('222.111.111.222'),
          list.check('::ffff:7b7b:7b7b', 'ipv6'), list.check('8592:757c:efae:4e45::7', 'ipv6'),
          list.check(new SocketAddress({ address: '10.0.0.11' })), SocketAddress.parse('[::1]:80')?.port];
        """
    )
    assert ran.value == [
        ["Subnet: IPv6 8592:757c:efae:4e45::/64", "Range: IPv4 10.0.0.1-10.0.0.10", "Address: IPv4 123.123.123.123"],
        True,
        True,
        False,
        True,
        True,
        False,
        80,
    ]


def test_a_ping_pong_as_database_clients_do_it(talk: Talks) -> None:
    """Messages with a length in front, split anywhere, answered in order: what `pg` and `mysql2` live on."""

    async def database(reader: Reader, writer: Writer) -> None:
        while True:
            size = int.from_bytes(await reader.readexactly(4))
            query = await reader.readexactly(size - 4)
            answer = b"%d rows for %s" % (len(query), query)
            for byte in (len(answer) + 4).to_bytes(4) + answer:
                writer.write(bytes([byte]))
                await writer.drain()

    ran = talk(
        """
        const socket = require('net').connect(event.port, '127.0.0.1');
        socket.setNoDelay(true).setKeepAlive(true, 1000).ref().unref();
        let buffered = Buffer.alloc(0);
        const waiting = [];
        socket.on('data', (chunk) => {
          buffered = Buffer.concat([buffered, chunk]);
          while (buffered.length >= 4 && buffered.length >= buffered.readUInt32BE(0)) {
            const size = buffered.readUInt32BE(0);
            waiting.shift()(buffered.subarray(4, size).toString());
            buffered = buffered.subarray(size);
          }
        });
        const query = (text) => new Promise((resolve) => {
          const message = Buffer.alloc(4 + text.length);
          message.writeUInt32BE(message.length);
          message.write(text, 4);
          waiting.push(resolve);
          socket.write(message);
        });
        return Promise.all(['select 1', 'select 22'].map(query));
        """,
        database,
    )
    assert ran.value == ["8 rows for select 1", "9 rows for select 22"]


def test_a_host_without_a_network_says_so(run_js: Any) -> None:
    ran = run_js(
        "module.exports = () => new Promise((resolve) => require('net').connect(1, 'a').on('error', resolve))"
        ".then((error) => error.code + ' ' + error.message)"
    )
    assert ran.output.startswith("EACCES connect EACCES a:1 - the host does not perform")
