"""Buffer. What is expected was computed by Node 24."""

from typing import Any

import pytest

CASES = [
    (
        "text",
        "Buffer.from('héllo ✓').toString('hex')",
        "68c3a96c6c6f20e29c93",
    ),
    (
        "hex",
        "Buffer.from('68c3a9', 'hex').toString()",
        "hé",
    ),
    (
        "hex stops at what is none",
        "Buffer.from('6869zz70', 'hex').toString()",
        "hi",
    ),
    (
        "odd hex",
        "Buffer.from('686', 'hex').toString('hex')",
        "68",
    ),
    (
        "base64",
        "Buffer.from('aMOp', 'base64').toString()",
        "hé",
    ),
    (
        "base64 without padding",
        "Buffer.from('aGVsbG8', 'base64').toString()",
        "hello",
    ),
    (
        "base64 with white space",
        "Buffer.from(' aGVs\\nbG8= ', 'base64').toString()",
        "hello",
    ),
    (
        "base64 reads the other alphabet",
        "Buffer.from('-_-_', 'base64').toString('hex')",
        "fbffbf",
    ),
    (
        "base64 stops at padding",
        "Buffer.from('aGk=aGk=', 'base64').toString()",
        "hi",
    ),
    (
        "base64url out",
        "Buffer.from([251, 255, 191, 1]).toString('base64url')",
        "-_-_AQ",
    ),
    (
        "base64url in",
        "Buffer.from('-_-_AQ', 'base64url').toString('hex')",
        "fbffbf01",
    ),
    (
        "base64 out",
        "Buffer.from([251, 255, 191, 1]).toString('base64')",
        "+/+/AQ==",
    ),
    (
        "latin1",
        "Buffer.from('é\\u0100', 'latin1').toString('hex')",
        "e900",
    ),
    (
        "binary out",
        "Buffer.from([0xe9, 0x41]).toString('latin1')",
        "éA",
    ),
    (
        "ascii out",
        "Buffer.from([0xe9, 0x41]).toString('ascii')",
        "iA",
    ),
    (
        "utf16le",
        "Buffer.from('hé😀', 'utf16le').toString('hex')",
        "6800e9003dd800de",
    ),
    (
        "utf16le out",
        "Buffer.from('6800e9003dd800de', 'hex').toString('ucs2')",
        "hé😀",
    ),
    (
        "broken UTF-8",
        "Buffer.from([0x68, 0xff, 0xe2, 0x82, 0x69, 0xf0, 0x9f]).toString()",
        "h��i�",
    ),
    (
        "surrogates in UTF-8",
        "Buffer.from('a\\ud800b').toString('hex')",
        "61efbfbd62",
    ),
    (
        "byteLength",
        (
            "[Buffer.byteLength('é✓'), Buffer.byteLength('aGk=', 'base64'), Buffer.byteLength('zz', 'latin1'), "
            "Buffer.byteLength('6869', 'hex')]"
        ),
        [5, 2, 2, 2],
    ),
    (
        "concat",
        "Buffer.concat([Buffer.from('a'), Buffer.from('bc')]).toString()",
        "abc",
    ),
    (
        "equals and compare",
        "[Buffer.from('a').equals(Buffer.from('a')), Buffer.compare(Buffer.from('a'), Buffer.from('b'))]",
        [True, -1],
    ),
    (
        "indexOf",
        (
            "[Buffer.from('hello').indexOf('l'), Buffer.from('hello').indexOf('zz'), "
            "Buffer.from('hello').includes('ell')]"
        ),
        [2, -1, True],
    ),
    (
        "slices share memory",
        "(() => { const b = Buffer.from('abc'); b.subarray(1)[0] = 0x7a; return b.toString() })()",
        "azc",
    ),
    (
        "toString of a range",
        "Buffer.from('hello').toString('utf8', 1, 3)",
        "el",
    ),
    (
        "write",
        "(() => { const b = Buffer.alloc(6); return [b.write('hé', 1), b.toString('hex')] })()",
        [3, "0068c3a90000"],
    ),
    (
        "write base64url",
        "(() => { const b = Buffer.alloc(4); return [b.write('-_-_', 'base64url'), b.toString('hex')] })()",
        [3, "fbffbf00"],
    ),
    (
        "fill",
        "Buffer.alloc(5, 'ab').toString()",
        "ababa",
    ),
    (
        "numbers",
        (
            "(() => { const b = Buffer.alloc(8); b.writeUInt32BE(0xdeadbeef); b.writeInt16LE(-2, 4); return "
            "[b.toString('hex'), b.readUInt32BE(0), b.readInt16LE(4), b.readUInt8(0)] })()"
        ),
        ["deadbeeffeff0000", 3735928559, -2, 222],
    ),
    (
        "doubles",
        "(() => { const b = Buffer.alloc(8); b.writeDoubleBE(1.5); return [b.toString('hex'), b.readDoubleBE()] })()",
        ["3ff8000000000000", 1.5],
    ),
    (
        "big integers",
        (
            "(() => { const b = Buffer.alloc(8); b.writeBigUInt64BE(2n ** 63n); return "
            "b.readBigUInt64BE().toString() })()"
        ),
        "9223372036854775808",
    ),
    (
        "toJSON",
        "JSON.parse(JSON.stringify(Buffer.from('hi')))",
        {"type": "Buffer", "data": [104, 105]},
    ),
    (
        "isBuffer and isEncoding",
        (
            "[Buffer.isBuffer(Buffer.alloc(1)), Buffer.isBuffer(new Uint8Array(1)), "
            "Buffer.isEncoding('base64url'), Buffer.isEncoding('UTF-8'), Buffer.isEncoding('nope')]"
        ),
        [True, False, True, True, False],
    ),
    (
        "from an array, a buffer and an ArrayBuffer",
        (
            "[Buffer.from([256, 1.5, '2']).toString('hex'), Buffer.from(Buffer.from('x')).toString(), "
            "Buffer.from(new Uint8Array([1, 2]).buffer, 1).toString('hex')]"
        ),
        ["000102", "x", "02"],
    ),
    (
        "is a Uint8Array",
        "Buffer.from('a') instanceof Uint8Array",
        True,
    ),
    (
        "iteration",
        "[...Buffer.from('hi')]",
        [104, 105],
    ),
    (
        "swap16",
        "Buffer.from('0102', 'hex').swap16().toString('hex')",
        "0201",
    ),
    (
        "uppercase encoding names",
        "Buffer.from('6869', 'HEX').toString('UTF8')",
        "hi",
    ),
    (
        "map keeps the class",
        "Buffer.isBuffer(Buffer.from([1]).map((x) => x + 1))",
        True,
    ),
    (
        "copy",
        "(() => { const b = Buffer.alloc(3); Buffer.from('xyz').copy(b, 1, 0, 2); return b.toString('hex') })()",
        "007879",
    ),
]


@pytest.mark.parametrize(("name", "expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_buffer_answers_as_in_node(value_of: Any, name: str, expression: str, expected: Any) -> None:
    assert value_of(expression) == expected


def test_the_module_is_what_the_global_is(value_of: Any) -> None:
    assert value_of("[require('buffer').Buffer === Buffer, require('node:buffer').constants.MAX_LENGTH > 0]") == [
        True,
        True,
    ]


def test_a_buffer_of_a_megabyte_is_text_in_time(value_of: Any) -> None:
    assert value_of("Buffer.from('é'.repeat(524288)).toString().length") == 524288
