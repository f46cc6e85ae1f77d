"""node:zlib's streams beside the same in Node: what comes out when, and what is said when they end wrongly."""

from typing import Any

import pytest

Z = """const z = require('zlib'), { once } = require('events'), { Readable, Transform, promises } = require('stream');
const later = () => new Promise((resolve) => setTimeout(resolve, 5));
const heard = (stream) => {
  const said = [];
  said.over = new Promise((resolve) => stream.on('close', () => setTimeout(resolve, 1)));
  stream.on('data', (data) => said.push(['data', data.length > 200 ? data.length : String(data)]));
  for (const name of ['end', 'finish', 'close']) stream.on(name, () => said.push(name));
  stream.on('error', (e) => said.push([e.name, e.code, e.errno, e.message]));
  return said;
};
const text = 'the quick brown fox jumps over the lazy dog. '.repeat(4000);
const noise = Buffer.from(Array.from({ length: 200000 }, (_, i) => (i * i * 7919 >> 5) & 255));
const made = (name, options) => z[`create${name}`](options);
"""
PAIRS = {
    "gzip": ("Gzip", "Gunzip"),
    "deflate": ("Deflate", "Inflate"),
    "raw": ("DeflateRaw", "InflateRaw"),
    "brotli": ("BrotliCompress", "BrotliDecompress"),
}
CASES = {
    "nothing comes out before a flush, and then all of it": """
      const packed = [],
        plain = [];
      const p = made(PACK),
        u = made(UNPACK);
      p.on('data', (d) => {
        packed.push(d.length);
        u.write(d);
      });
      u.on('data', (d) => plain.push(String(d)));
      p.write('hello ');
      await later();
      const before = plain.join('');
      await new Promise((done) => p.flush(done));
      while (!plain.length) await later();
      const flushed = plain.join('');
      p.write('world');
      p.end();
      await once(p, 'end');
      u.end();
      await once(u, 'end');
      return [before, flushed, plain.join(''), p.bytesWritten];
    """,
    "more than one computation may take, both ways": """
      let length = 0;
      const p = made(
        PACK,
        PACK.startsWith('B') ? { params: { [z.constants.BROTLI_PARAM_QUALITY]: 1 } } : { level: 1 },
      );
      await promises.pipeline(
        Readable.from(
          (function* () {
            for (let i = 0; i < 100; i++) yield noise;
          })(),
        ),
        p,
        made(UNPACK),
        async (all) => {
          for await (const d of all) length += d.length;
        },
      );
      return [length, p.bytesWritten];
    """,
    "pieces of any size": """
      const packed = z[PACK[0].toLowerCase() + PACK.slice(1) + 'Sync'](text);
      const out = [];
      const u = made(UNPACK, { chunkSize: 64 });
      u.on('data', (d) => out.push(d));
      for (let i = 0; i < packed.length; i += 7) u.write(packed.subarray(i, i + 7));
      u.end();
      await once(u, 'end');
      return [Buffer.concat(out).toString() === text, out.every((d) => d.length <= 64)];
    """,
    "small chunks of output when packing": """
      const out = [];
      const p = made(PACK, { chunkSize: 64 });
      p.on('data', (d) => out.push(d));
      p.end(noise);
      await once(p, 'end');
      const back = z[UNPACK[0].toLowerCase() + UNPACK.slice(1) + 'Sync'](Buffer.concat(out));
      return [back.equals(noise), out.slice(0, -1).every((d) => d.length === 64)];
    """,
    "reset begins anew": """
      const p = made(PACK);
      p.resume();
      p.write('first');
      await new Promise((done) => p.flush(done));
      await later();
      p.reset();
      const out = [];
      p.on('data', (d) => out.push(d));
      p.end('second');
      await once(p, 'end');
      return String(z[UNPACK[0].toLowerCase() + UNPACK.slice(1) + 'Sync'](Buffer.concat(out)));
    """,
    "an end that is missing": """
      const packed = z[PACK[0].toLowerCase() + PACK.slice(1) + 'Sync']('hello hello hello');
      const u = made(UNPACK),
        said = heard(u);
      u.end(packed.subarray(0, -3));
      await said.over;
      return said;
    """,
    "a stream without a byte": """
      const u = made(UNPACK),
        said = heard(u);
      u.end();
      await said.over;
      return said;
    """,
    "a stream of nothing": """
      const out = [];
      const p = made(PACK);
      p.on('data', (d) => out.push(d));
      p.end();
      await once(p, 'end');
      return [z[UNPACK[0].toLowerCase() + UNPACK.slice(1) + 'Sync'](Buffer.concat(out)).length, p.bytesWritten];
    """,
    "a stream that is closed in the middle": """
      const p = made(PACK),
        said = heard(p);
      p.write(text);
      p.close(() => said.push('closed'));
      await said.over;
      return [said, await caught(() => p.flush()), p._closed];
    """,
    "a stream that is written to after its end": """
      const p = made(PACK),
        said = heard(p);
      p.end('x');
      p.write('y');
      await said.over;
      return said.map((one) => one[1]);
    """,
    "a text in another encoding": """
      const p = made(PACK),
        out = [];
      p.on('data', (d) => out.push(d));
      p.write('c3a9', 'hex');
      p.end('4pyT', 'base64');
      await once(p, 'end');
      return String(z[UNPACK[0].toLowerCase() + UNPACK.slice(1) + 'Sync'](Buffer.concat(out)));
    """,
    "with info": """
      const { buffer, engine } = z[PACK[0].toLowerCase() + PACK.slice(1) + 'Sync']('hello', { info: true });
      return [
        engine instanceof z[PACK],
        engine.bytesWritten,
        engine._closed,
        String(z[UNPACK[0].toLowerCase() + UNPACK.slice(1) + 'Sync'](buffer)),
      ];
    """,
    "views that are no Buffers, and a limit of output": """
      const name = (n) => n[0].toLowerCase() + n.slice(1);
      const v = new Uint16Array([1, 2, 3]);
      const p = z[name(PACK) + 'Sync'](new DataView(v.buffer, 2));
      return [
        [...z[name(UNPACK) + 'Sync'](p)],
        await caught(() => z[name(UNPACK) + 'Sync'](z[name(PACK) + 'Sync'](text), { maxOutputLength: 50 })),
        await caught(() =>
          require('util').promisify(z[name(UNPACK)])(z[name(PACK) + 'Sync'](text), { maxOutputLength: 50 }),
        ),
      ];
    """,
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_a_stream_does_as_in_node(same: Any, body: str, pair: tuple[str, str]) -> None:
    same(f"{Z} const PACK = '{pair[0]}', UNPACK = '{pair[1]}';\n{body}")


ZLIB_CASES = {
    "other parameters in the middle": """
      const all = [];
      for (const PACK of ['Deflate', 'DeflateRaw', 'Gzip']) {
        const p = made(PACK, { level: 1 });
        const out = [];
        p.on('data', (d) => out.push(d));
        p.write(text);
        await new Promise((done) => p.params(9, z.constants.Z_HUFFMAN_ONLY, done));
        p.write(noise);
        await new Promise((done) => p.params(0, z.constants.Z_DEFAULT_STRATEGY, done));
        p.end(text);
        await once(p, 'end');
        const name = PACK === 'Gzip' ? 'gunzip' : PACK.replace('De', 'in');
        const back = z[name + 'Sync'](Buffer.concat(out));
        all.push([back.length, p._level, p._strategy]);
      }
      return all;
    """,
    "parameters before the first byte": """
      const p = made('Deflate');
      const out = [];
      p.on('data', (d) => out.push(d));
      await new Promise((done) => p.params(9, 0, done));
      p.end('hello');
      await once(p, 'end');
      return String(z.inflateSync(Buffer.concat(out)));
    """,
    "parameters that are none": """
      const p = made('Deflate');
      return [
        await caught(() => p.params(10, 0)),
        await caught(() => p.params(1, 9)),
        await caught(() => p.flush(9)),
      ];
    """,
    "the kinds of flush": """
      const { Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK } = z.constants;
      const all = [];
      for (const kind of [Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK]) {
        const p = made('DeflateRaw');
        const out = [];
        p.on('data', (d) => out.push(d));
        p.write('abcabcabc');
        await new Promise((d) => p.flush(kind, d));
        await later();
        const now = out.length > 0;
        await new Promise((d) => p.flush(kind, d));
        await later();
        const again = Buffer.concat(out).length;
        p.write('defdef');
        p.end();
        await once(p, 'end');
        all.push([kind, now, again, String(z.inflateRawSync(Buffer.concat(out)))]);
      }
      return all;
    """,
    "flush as an option": """
      const p = made('Gzip', { flush: z.constants.Z_SYNC_FLUSH }),
        u = made('Gunzip'),
        said = heard(u);
      p.pipe(u);
      p.write('a');
      while (said.length < 1) await later();
      p.write('b');
      while (said.length < 2) await later();
      p.end();
      await said.over;
      return said;
    """,
    "members, split anywhere": """
      const file = Buffer.concat([z.gzipSync('one '), z.gzipSync('two '), z.gzipSync('three'), Buffer.alloc(4)]);
      const all = [];
      for (const step of [1, 2, 19, 1000]) {
        const u = made('Gunzip'),
          out = [];
        u.on('data', (d) => out.push(d));
        for (let i = 0; i < file.length; i += step) u.write(file.subarray(i, i + step));
        u.end();
        await once(u, 'end');
        all.push([String(Buffer.concat(out)), u.bytesWritten]);
      }
      return all;
    """,
    "junk behind a stream": """
      const all = [];
      for (const [pack, unpack] of [
        ['deflate', 'Inflate'],
        ['deflateRaw', 'InflateRaw'],
      ]) {
        const u = made(unpack),
          said = heard(u);
        u.end(Buffer.concat([z[`${pack}Sync`]('abc'), Buffer.from('junk')]));
        await said.over;
        all.push(said, u.bytesWritten);
      }
      return all;
    """,
    "junk that is refused": """
      const all = [];
      for (const [pack, unpack] of [
        ['deflate', 'Inflate'],
        ['gzip', 'Gunzip'],
        ['deflateRaw', 'InflateRaw'],
      ]) {
        const junk = Buffer.concat([z[`${pack}Sync`]('abc'), Buffer.from([0, 1])]);
        const u = made(unpack, { rejectGarbageAfterEnd: true }),
          said = heard(u);
        u.end(junk);
        await said.over;
        all.push(said.map((one) => one[1]));
      }
      return all;
    """,
    "what may be one or the other": """
      const all = [];
      for (const packed of [
        z.gzipSync('gzip'),
        z.deflateSync('deflate'),
        Buffer.from([0x1f]),
        Buffer.from([0x1f, 0x8c, 1]),
        Buffer.from('nothing'),
      ])
        for (const step of [1, 100]) {
          const u = made('Unzip');
          const said = heard(u);
          for (let i = 0; i < packed.length; i += step) u.write(packed.subarray(i, i + step));
          u.end();
          await said.over;
          all.push(said);
        }
      return all;
    """,
    "a dictionary, right and wrong and none": """
      const dictionary = Buffer.from('the quick brown fox');
      const all = [];
      for (const [pack, unpack] of [
        ['deflate', 'inflate'],
        ['deflateRaw', 'inflateRaw'],
        ['gzip', 'gunzip'],
      ]) {
        const packed = z[`${pack}Sync`](text, { dictionary });
        all.push(String(z[`${unpack}Sync`](packed, { dictionary })) === text);
        if (unpack === 'inflate')
          for (const wrong of [Buffer.from('slow'), undefined])
            all.push(await caught(() => z.inflateSync(packed, { dictionary: wrong })));
      }
      const p = made('Deflate', { dictionary });
      const out = [];
      p.on('data', (d) => out.push(d));
      p.write('the quick');
      await new Promise((d) => p.params(9, 0, d));
      p.end(' brown fox');
      await once(p, 'end');
      all.push(String(z.inflateSync(Buffer.concat(out), { dictionary })));
      return all;
    """,
    "windows and levels": """
      const all = [];
      for (const windowBits of [8, 9, 12, 15])
        for (const [p, u] of [
          ['deflate', 'inflate'],
          ['deflateRaw', 'inflateRaw'],
        ])
          all.push(
            String(
              z[`${u}Sync`](z[`${p}Sync`](text, { windowBits, level: 3, memLevel: 2, strategy: 3 }), {
                windowBits: u === 'inflate' ? 15 : Math.max(9, windowBits),
              }),
            ) === text,
          );
      all.push(await caught(() => z.inflateSync(z.deflateSync(text), { windowBits: 8 })));
      all.push(z.inflateSync(z.deflateSync('x'), { windowBits: 0 }).length);
      return all;
    """,
    "options that are wrong": """
      return [
        await caught(() => made('Gzip', { chunkSize: 1 })),
        await caught(() => made('Gzip', { flush: 99 })),
        await caught(() => made('Gzip', { level: NaN }).constructor.name),
        await caught(() => made('Gzip', { level: '5' })),
        await caught(() => made('Gzip', { memLevel: Infinity })),
        await caught(() => made('Gunzip', { dictionary: 'x' })),
        await caught(() => made('Gzip', { windowBits: -1 })),
      ];
    """,
    "a checksum that is wrong": """
      const packed = z.gzipSync(text);
      packed[packed.length - 6] ^= 1;
      const u = made('Gunzip'),
        said = heard(u);
      u.end(packed);
      await said.over;
      return said.filter((one) => one[0] !== 'data');
    """,
    "with callbacks, several at once": """
      const { promisify } = require('util');
      return (
        await Promise.all(
          ['a', 'b', 'c'].map(async (s) => String(await promisify(z.inflate)(await promisify(z.deflate)(s)))),
        )
      ).join('');
    """,
    "the legacy way": """
      const g = new z.Gzip();
      return String(z.gunzipSync(g._processChunk(Buffer.from('abc'), z.constants.Z_FINISH)));
    """,
}


@pytest.mark.parametrize("body", ZLIB_CASES.values(), ids=ZLIB_CASES)
def test_zlib_does_as_in_node(same: Any, body: str) -> None:
    same(Z + body)
