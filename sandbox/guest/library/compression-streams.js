// https://compression.spec.whatwg.org/ by streams of the host's (zlib/coding.js): each chunk gives what is ready.
import { Coding } from './zlib/coding.js';
import { isBuffer, viewOf } from './web/convert.js';
import { coded, needs } from './web/errors.js';
import { expose } from './web/interface.js';

const { ReadableStream, WritableStream } = runtime.module('web-streams');

/** @type {Record<string, [any, any]>} how each is packed and unpacked */
const FORMATS = {
  deflate: [
    { kind: 'deflate', format: 'deflate' },
    { kind: 'inflate', format: 'deflate' },
  ],
  'deflate-raw': [
    { kind: 'deflate', format: 'raw' },
    { kind: 'inflate', format: 'raw' },
  ],
  gzip: [
    { kind: 'deflate', format: 'gzip' },
    { kind: 'inflate', format: 'gzip' },
  ],
  brotli: [{ kind: 'brotli' }, { kind: 'unbrotli' }],
};
const PIECE_BYTES = 65536;
const NOTHING = new Uint8Array(0);
/** The formats' own numbers for a last write. */
const FINISH = /** @type {Record<string, number>} */ ({ deflate: 4, inflate: 4, brotli: 2, unbrotli: 2 });

export class CompressionStream {
  #transform;

  /** @param {unknown} format deflate, deflate-raw, gzip or brotli */
  constructor(format) {
    needs(arguments, 'format');
    this.#transform = transforming(FORMATS[checked(format)][0]);
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

export class DecompressionStream {
  #transform;

  /** @param {unknown} format deflate, deflate-raw, gzip or brotli */
  constructor(format) {
    needs(arguments, 'format');
    this.#transform = transforming(FORMATS[checked(format)][1]);
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

expose(CompressionStream, 'CompressionStream', ['readable', 'writable']);
expose(DecompressionStream, 'DecompressionStream', ['readable', 'writable']);

/**
 * Both ends of a stream, as a TransformStream has them. That one would put out all that a chunk becomes; here a bomb is
 * taken apart as somebody reads.
 * @param {any} opening
 */
function transforming(opening) {
  const coding = new Coding(opening);
  /** @type {any} */
  let source;
  /** @type {any} */
  let sink;
  let wanted = false;
  let over = false;
  let wake = () => {};

  const readable = new ReadableStream(
    {
      start: (/** @type {any} */ controller) => void (source = controller),
      pull() {
        wanted = true;
        wake();
      },
      cancel(/** @type {unknown} */ reason) {
        end();
        sink.error(reason);
      },
    },
    { highWaterMark: PIECE_BYTES, size: (/** @type {Uint8Array} */ chunk) => chunk.length },
  );
  const writable = new WritableStream({
    start: (/** @type {any} */ controller) => void (sink = controller),
    write: (/** @type {unknown} */ chunk) => working(() => pass(0, bytesOf(chunk))),
    close: () => working(finish),
    abort(/** @type {unknown} */ reason) {
      end();
      source.error(reason);
    },
  });
  return { readable, writable };

  /** @param {number} flush @param {Uint8Array} bytes */
  async function pass(flush, bytes) {
    let rest = bytes;
    for (let isFull = true; isFull && !over;) {
      while (!wanted && !over) await new Promise((resolve) => void (wake = () => resolve(undefined)));
      if (over) return;
      const output = new Uint8Array(PIECE_BYTES);
      const { read, written } = coding.write(flush, rest, output);
      rest = rest.subarray(read);
      isFull = written === output.length;
      if (!written) continue;
      wanted = false;
      source.enqueue(output.slice(0, written));
    }
    if (rest.length && !over) throw coded(new TypeError('Unexpected input after the end of stream'), JUNK);
  }

  async function finish() {
    await pass(FINISH[opening.kind], NOTHING);
    if (over) return;
    if (!coding.ended) throw coded(new TypeError('unexpected end of file'), 'Z_BUF_ERROR');
    source.close();
  }

  /** @param {() => Promise<void>} work */
  async function working(work) {
    try {
      await work();
    } catch (error) {
      const said = failure(error);
      end();
      source.error(said);
      throw said;
    }
  }

  function end() {
    over = true;
    coding.close();
    wake();
  }
}

/** @param {unknown} chunk */
function bytesOf(chunk) {
  if (!isBuffer(chunk)) throw new TypeError('The chunk is no ArrayBuffer and no view of one');
  return viewOf(chunk);
}

const JUNK = 'ERR_TRAILING_JUNK_AFTER_STREAM_END';

/** A TypeError, as the standard has it, with Node's code. @param {any} error */
function failure(error) {
  if (error instanceof TypeError) return error;
  const found = /^((?:Z|ERR)_\w+) (.*)$/s.exec(error.message);
  return coded(new TypeError(found ? found[2] : error.message), found ? found[1] : error.code);
}

/** @param {unknown} format */
function checked(format) {
  const name = `${format}`;
  if (!Object.hasOwn(FORMATS, name))
    throw coded(
      new TypeError(
        `The argument 'format' must be one of: 'deflate', 'deflate-raw', 'gzip', 'brotli'. Received '${name}'`,
      ),
      'ERR_INVALID_ARG_VALUE',
    );
  return name;
}
