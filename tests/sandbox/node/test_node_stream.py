"""node:stream and what belongs to it answer as in Node."""

from typing import Any

import pytest

S = (
    "const { Readable, Writable, Duplex, Transform, PassThrough, pipeline, finished, promises, compose, "
    "addAbortSignal } = require('stream'); const out = [];\n"
)
CASES = {
    "a readable from what is iterable": "return await Readable.from(['a', 'b']).toArray()",
    "read gives what was asked for": (
        "const r = new Readable({ read() {} }); r.push('hello'); r.push(null); await new Promise((d) => "
        "r.once('readable', d)); return [String(r.read(2)), String(r.read()), r.read()]"
    ),
    "an encoding makes text of cut characters": (
        "const r = new Readable({ read() {} }); r.setEncoding('utf8'); const b = Buffer.from('é€'); "
        "r.push(b.subarray(0, "
        "1)); r.push(b.subarray(1)); r.push(null); for await (const c of r) out.push(c); return out.join('')"
    ),
    "events of a flowing stream": (
        "const r = Readable.from(['a']); for (const n of ['data', 'end', 'close', 'pause', 'resume']) r.on(n, (v) => "
        "out.push([n, v])); await new Promise((d) => r.on('close', d)); return out"
    ),
    "a writable's back-pressure": (
        "const w = new Writable({ highWaterMark: 2, write(c, e, cb) { out.push(String(c)); setImmediate(cb) } }); "
        "out.push(w.write('a'), w.write('b')); await new Promise((d) => w.on('drain', d)); w.end('c'); "
        "await promises.finished(w); return [out, w.writableEnded, w.writableFinished, w.destroyed]"
    ),
    "cork and writev": (
        "const w = new Writable({ writev(chunks, cb) { out.push(chunks.map((c) => String(c.chunk))); cb() } }); "
        "w.cork(); w.write('a'); w.write('b'); w.uncork(); w.end(); await promises.finished(w); return out"
    ),
    "a transform with flush": (
        "const t = new Transform({ transform(c, e, cb) { cb(null, String(c).toUpperCase()) }, flush(cb) { "
        "this.push('!'); cb() } }); t.end('abc'); for await (const c of t) out.push(String(c)); return out"
    ),
    "pipeline with a generator": (
        "await promises.pipeline(Readable.from(['a', 'b']), async function* (s) { for await (const c of s) yield c + c "
        "}, async (s) => { for await (const c of s) out.push(c) }); return out"
    ),
    "pipeline fails as its part does": (
        "const bad = new Transform({ transform(c, e, cb) { cb(new Error('broken')) } }); const r = "
        "Readable.from(['a']); "
        "return [await caught(() => promises.pipeline(r, bad, new PassThrough())), r.destroyed, bad.destroyed]"
    ),
    "pipeline with a callback": (
        "return await new Promise((d) => pipeline(Readable.from(['x']), new PassThrough().resume(), (e) => d(e ?? "
        "'fine')))"
    ),
    "finished notices a stream that ends too early": (
        "const r = new Readable({ read() {} }); setImmediate(() => r.destroy()); return await caught(() => "
        "promises.finished(r))"
    ),
    "write after end": (
        "const w = new Writable({ write(c, e, cb) { cb() } }); const p = new Promise((d) => w.on('error', (x) => "
        "d([x.code, "
        "x.message]))); w.end(); w.write('a'); return await p"
    ),
    "null cannot be written": "return await caught(() => new PassThrough().write(null))",
    "objects need object mode": "return await caught(() => new PassThrough().write({}))",
    "a signal destroys": (
        "const c = new AbortController(); const r = addAbortSignal(c.signal, new Readable({ read() {} })); "
        "const p = new Promise((d) => r.on('error', (x) => d([x.name, x.code]))); c.abort(); return await p"
    ),
    "operators": (
        "return [await Readable.from([1, 2, 3, 4]).filter((x) => x % 2).map(async (x) => x * 2).toArray(), await "
        "Readable.from([1, 2, 3]).reduce((a, b) => a + b), await Readable.from([1, 2]).some((x) => x > 1), await "
        "Readable.from([1, 2, 3]).drop(1).take(1).toArray(), await Readable.from([1]).find((x) => x > 1)]"
    ),
    "compose": (
        "const d = compose(async function* (s) { for await (const c of s) yield String(c).toUpperCase() }); "
        "d.end('a'); "
        "return (await d.toArray()).map(String)"
    ),
    "a duplex from a pair": (
        "const d = Duplex.from({ readable: Readable.from(['r']), writable: new Writable({ write(c, e, cb) { "
        "out.push(String(c)); cb() } }) }); d.end('w'); for await (const c of d) out.push(String(c)); return out.sort()"
    ),
    "construct and destroy": (
        "const w = new Writable({ construct(cb) { out.push('c'); setImmediate(cb) }, write(c, e, cb) { "
        "out.push(String(c)); cb() }, destroy(e, cb) { out.push('d'); cb(e) } }); w.end('x'); await "
        "promises.finished(w); await new Promise(setImmediate); return out"
    ),
    "unpipe and pause": (
        "const r = new PassThrough(), w = new PassThrough(); r.pipe(w); r.unpipe(w); return [r.isPaused(), "
        "r.readableFlowing, w.listenerCount('drain')]"
    ),
    "to the web": (
        "const web = Readable.toWeb(Readable.from([Buffer.from('ab')])); for await (const c of web) "
        "out.push(Buffer.from(c).toString()); return [out, web instanceof ReadableStream]"
    ),
    "from the web": (
        "const web = new ReadableStream({ start(c) { c.enqueue(Buffer.from('x')); c.close() } }); return (await "
        "Readable.fromWeb(web).toArray()).map(String)"
    ),
    "a web writable": (
        "const w = Writable.toWeb(new Writable({ write(c, e, cb) { out.push(String(c)); cb() } })); const k = "
        "w.getWriter(); await k.write(Buffer.from('q')); await k.close(); return out"
    ),
    "consumers": (
        "const c = require('stream/consumers'); const from = () => Readable.from([Buffer.from('{\"a\":'), "
        "Buffer.from('1}')]); return [await c.text(from()), await c.json(from()), (await c.buffer(from())).length, "
        "(await "
        "c.arrayBuffer(from())).byteLength]"
    ),
    "what it exports": "return [Object.keys(require('stream')).sort(), Object.keys(require('stream/promises')).sort()]",
    "one of each everywhere": (
        "const s = require('stream'); return [s === s.Stream, require('stream').promises === "
        "require('stream/promises'), "
        "new s.PassThrough() instanceof require('events'), require('stream/web').ReadableStream === ReadableStream]"
    ),
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_streams_answer_as_in_node(same: Any, body: str) -> None:
    same(S + body)


DECODED = {
    "utf8": "['e2', '82', 'ac41', 'f09f', '9880', 'ff']",
    "utf16le": "['4100', '3d', 'd8', '00de', '42']",
    "base64": "['61', '6263', '64']",
    "base64url": "['ff', 'fe', 'fd61']",
    "hex": "['61', '62']",
    "latin1": "['e9', '41']",
    "ascii": "['61']",
}


@pytest.mark.parametrize("encoding", DECODED)
def test_a_string_decoder_answers_as_in_node(same: Any, encoding: str) -> None:
    same(
        "const units = (text) => text.split('').map((c) => c.charCodeAt(0)); "
        f"const d = new (require('string_decoder').StringDecoder)('{encoding}'); "
        f"const parts = {DECODED[encoding]}.map((h) => [units(d.write(Buffer.from(h, 'hex'))), d.lastNeed, "
        f"d.lastTotal]); "
        "return [parts, units(d.end()), d.encoding, d.end(Buffer.from('61', 'hex'))]"
    )


def test_a_string_decoder_refuses_what_is_no_encoding(same: Any) -> None:
    same("return await caught(() => new (require('string_decoder').StringDecoder)('nope'))")
