"""node:path, querystring, punycode, os, constants: what computes texts and names answers as in Node."""

from typing import Any

import pytest

PATHS = [
    "p.join('/a', '..', 'b', './c/')",
    "p.join()",
    "p.resolve('/a/b', '../c', './d')",
    "p.resolve('/a', '/b')",
    "p.normalize('/a//b/../c/.')",
    "p.relative('/a/b/c', '/a/d')",
    "[p.basename('/a/b.txt'), p.basename('/a/b.txt', '.txt'), p.dirname('/a/b/'), p.extname('a.b.c'), p.extname('.x')]",
    "[p.parse('/a/b/f.txt'), p.parse('./a'), p.format({ dir: '/d', name: 'n', ext: 'e' })]",
    "[p.isAbsolute('/a'), p.isAbsolute('a'), p.sep, p.delimiter, p.toNamespacedPath('/a')]",
    "[p.matchesGlob === undefined || typeof p.matchesGlob]",
    "[p.win32.join('C:\\\\a', '..', 'b/c'), p.win32.parse('C:\\\\d\\\\f.e'), p.win32.relative('C:\\\\a', 'D:\\\\b')]",
    "[p.posix === p, require('path/posix') === p, require('path/win32') === p.win32, p.win32.sep]",
    "await caught(() => p.join(1))",
]


@pytest.mark.parametrize("expression", PATHS)
def test_path_answers_as_in_node(same: Any, expression: str) -> None:
    same(f"const p = require('path'); return [{expression}]")


QUERIES = [
    "q.parse('a=1&a=2&b=%20x+y&c&=d&e=%zz')",
    "q.parse('a:1;b:2', ';', ':')",
    "q.parse('a=1&b=2&c=3', null, null, { maxKeys: 2 })",
    "q.stringify({ a: [1, 'b'], c: true, d: null, e: NaN, f: 'ü &=', g: 10n })",
    "q.stringify({ a: 'b c' }, ';', ':')",
    "[q.escape('a b&ü'), q.unescape('a%20%C3%BC%'), q.encode === q.stringify, q.decode === q.parse]",
    "await caught(() => q.escape('\\ud800'))",
    "Object.getPrototypeOf(q.parse('a=1')) === null",
]


@pytest.mark.parametrize("expression", QUERIES)
def test_querystring_answers_as_in_node(same: Any, expression: str) -> None:
    same(f"const q = require('querystring'); return [{expression}]")


@pytest.mark.parametrize(
    "expression",
    [
        "[p.encode('mañana'), p.decode('maana-pta'), p.toASCII('mañana.com'), p.toUnicode('xn--maana-pta.com')]",
        "[p.ucs2.decode('a😀'), p.ucs2.encode([0x1f600]), p.version]",
        "(await caught(() => p.decode('a\\x80')))[0]",
    ],
)
def test_punycode_answers_as_in_node(same: Any, expression: str) -> None:
    same(f"const p = require('punycode'); return [{expression}]")


@pytest.mark.parametrize(
    "expression",
    [
        "[os.EOL, os.platform(), os.type(), os.endianness(), os.devNull, `${os.platform}`]",
        "[os.constants.signals.SIGTERM, os.constants.errno.ENOENT, os.constants.priority.PRIORITY_LOW]",
        (
            "[Array.isArray(os.cpus()), os.loadavg().length, typeof os.hostname(), typeof os.tmpdir(), typeof "
            "os.totalmem()]"
        ),
        "[require('constants').O_CREAT, require('constants').SIGINT, require('constants').ENOENT]",
    ],
)
def test_os_answers_as_in_node(same: Any, expression: str) -> None:
    same(f"const os = require('os'); return [{expression}]")


def test_os_says_nothing_about_the_host(guest: Any) -> None:
    answer = guest(
        "const os = require('os'); return [os.hostname(), os.cpus().length, os.networkInterfaces(), os.uptime()]"
    )
    assert answer == ["localhost", 1, {}, 0]
