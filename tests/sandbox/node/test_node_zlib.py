"""node:zlib answers as in Node where the bytes are the standard's, and what is hostile ends as an error."""

from typing import Any

import pytest

Z = "const z = require('zlib'), { promisify } = require('util'), { Readable, promises } = require('stream');\n"
CASES = {
    "gzip and back": "return z.gunzipSync(z.gzipSync('hello')).toString()",
    "every format": (
        "return [z.inflateSync(z.deflateSync('a')), z.inflateRawSync(z.deflateRawSync('b')), "
        "z.unzipSync(z.gzipSync('c')), z.unzipSync(z.deflateSync('d'))].map(String)"
    ),
    "what Node made": (
        "return [z.inflateSync(Buffer.from('eJzLSM3JyQcABiwCFQ==', 'base64')).toString(), "
        "z.gunzipSync(Buffer.from('H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'base64')).toString()]"
    ),
    "with callbacks": (
        "return String(await promisify(z.gunzip)(await promisify(z.gzip)(Buffer.from('hallo'), { level: 9 })))"
    ),
    "members of a file, and what follows": (
        "return z.gunzipSync(Buffer.concat([z.gzipSync('a'), z.gzipSync('b'), Buffer.alloc(3)])).toString()"
    ),
    "streams": (
        "const out = []; await promises.pipeline(Readable.from(['a', 'b', 'c']), z.createGzip(), z.createGunzip(), "
        "async "
        "(s) => { for await (const c of s) out.push(String(c)) }); return out.join('')"
    ),
    "a broken stream": (
        "return await caught(() => promises.pipeline(Readable.from([Buffer.from('nonsense')]), z.createGunzip(), async "
        "(s) => { for await (const c of s); }))"
    ),
    "junk behind a file": (
        "return await caught(() => z.gunzipSync(Buffer.concat([z.gzipSync('a'), Buffer.from('junk')])))"
    ),
    "an empty stream": "return await caught(() => z.createGunzip().end().toArray())",
    "what is no zlib": "return await caught(() => z.inflateSync(Buffer.from('nope')))",
    "broken inside": (
        "const b = z.deflateSync('hello hello hello'); b[5] ^= 255; return (await caught(() => z.inflateSync(b)))[0]"
    ),
    "a missing end": "return await caught(() => z.gunzipSync(z.gzipSync('abc').subarray(0, 10)))",
    "a missing end that is allowed": (
        "return z.gunzipSync(z.gzipSync('abcabc').subarray(0, -4), { finishFlush: z.constants.Z_SYNC_FLUSH "
        "}).toString()"
    ),
    "too much": "return await caught(() => z.gunzipSync(z.gzipSync('a'.repeat(1000)), { maxOutputLength: 10 }))",
    "a dictionary": (
        "const dictionary = Buffer.from('hello world'); const b = z.deflateSync('hello world', { dictionary }); return "
        "[String(z.inflateSync(b, { dictionary })), await caught(() => z.inflateSync(b))]"
    ),
    "options out of range": (
        "return [await caught(() => z.gzipSync('x', { level: 99 })), await caught(() => z.gzipSync('x', { "
        "windowBits: 1 }))]"
    ),
    "what is no data": (
        "return [await caught(() => z.gzipSync()), await caught(() => z.gzipSync(5)), await caught(() => z.gzip('x'))]"
    ),
    "checksums": (
        "return [z.crc32('hello'), z.crc32('lo', z.crc32('hel')), z.crc32(Buffer.alloc(0)), await caught(() => "
        "z.crc32(1))]"
    ),
    "classes": (
        "return [z.Gzip() instanceof z.Gzip, z.createGzip() instanceof require('stream').Transform, z.Gzip.name]"
    ),
    "its numbers": "return [z.constants.Z_BEST_COMPRESSION, z.codes.Z_DATA_ERROR, z.codes['-3'], z.Z_FINISH]",
    "any view": (
        "const v = new Uint16Array([1, 2, 3]); return [...z.inflateSync(z.deflateSync(v)), "
        "...z.inflateSync(z.deflateSync(v.buffer))]"
    ),
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_zlib_answers_as_in_node(same: Any, body: str) -> None:
    same(Z + body)


def test_a_bomb_is_an_error_and_no_memory(run_js: Any) -> None:
    ran = run_js("""const z = require('zlib');
        module.exports = () => {
            let bomb = z.gzipSync(Buffer.alloc(4 << 20));
            const twice = Buffer.concat(Array(8).fill(bomb));
            try { z.gunzipSync(twice); return 'all of it' } catch (e) { return [e.name, e.code] }
        }""")
    assert ran.error is None
    assert ran.output == ["RangeError", "ERR_BUFFER_TOO_LARGE"]


BROTLI = {
    "at once": "return z.brotliDecompressSync(Buffer.from('CwmAaGVsbG8gd29ybGQsIGhlbGxvIQM=', 'base64')).toString()",
    "with the dictionary": (
        "return z.brotliDecompressSync(Buffer.from('GzcA+CVAChhlWgiEOFqJhuJmpt8F', 'base64')).toString()"
    ),
    "as a stream": (
        "const s = z.createBrotliDecompress(); s.end(Buffer.from('CwmAaGVsbG8gd29ybGQsIGhlbGxvIQM=', 'base64')); "
        "return (await s.toArray()).join('')"
    ),
    "cut off": ("return (await caught(() => z.brotliDecompressSync(Buffer.from('CwmAaGVsbG8gd29y', 'base64'))))[0]"),
    "too much": (
        "return await caught(() => z.brotliDecompressSync(Buffer.from('CwmAaGVsbG8gd29ybGQsIGhlbGxvIQM=', 'base64'), "
        "{ maxOutputLength: 4 }))"
    ),
}


@pytest.mark.parametrize("body", BROTLI.values(), ids=BROTLI)
def test_brotli_is_decompressed_as_in_node(same: Any, body: str) -> None:
    same(Z + body)


def test_what_node_compresses_with_brotli_is_read(in_node: Any, guest: Any) -> None:
    text = "The quick brown fox jumps over the lazy dog. Das ist ein Satz, and this is another sentence of it. " * 50
    packed = in_node(f"return require('zlib').brotliCompressSync({text!r}).toString('base64')")
    assert guest(f"{Z} return z.brotliDecompressSync(Buffer.from('{packed}', 'base64')).toString()") == text


@pytest.mark.parametrize(
    ("name", "said"), [("createZstdCompress", "ZstdCompress"), ("zstdDecompressSync", "ZstdDecompress")]
)
def test_what_is_not_here_is_refused_by_name(guest: Any, name: str, said: str) -> None:
    _, code, message = guest(f"return await caught(() => require('zlib').{name}('x'))")
    assert (code, message) == (
        "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM",
        f"zlib.{said} is not available in this runtime: use gzip, deflate or Brotli",
    )
