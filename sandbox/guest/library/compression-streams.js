// https://compression.spec.whatwg.org/ by the host's zlib, on its threads. What is written is kept until the writer closes,
// then computed in one host operation: its output is bounded there.
import { isBuffer, joined, viewOf } from './web/convert.js';
import { coded, needs } from './web/errors.js';
import { expose } from './web/interface.js';

const { TransformStream } = runtime.module('web-streams');
const { fromBase64 } = /** @type {any} */ (Uint8Array);
const { toBase64 } = /** @type {any} */ (Uint8Array.prototype);

const FORMATS = /** @type {Record<string, string>} */ ({ deflate: 'deflate', 'deflate-raw': 'raw', gzip: 'gzip' });
const PIECE_BYTES = 65536;

export class CompressionStream {
  #transform;

  /** @param {unknown} format deflate, deflate-raw or gzip */
  constructor(format) {
    needs(arguments, 'format');
    const options = { format: checked(format) };
    this.#transform = transforming(async (bytes) => (await computed('compress', options, bytes)).bytes);
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

  /** @param {unknown} format deflate, deflate-raw or gzip */
  constructor(format) {
    needs(arguments, 'format');
    const options = { format: checked(format) };
    this.#transform = transforming(async (bytes) => {
      const answer = await computed('decompress', options, bytes);
      if (answer.value.used < bytes.length)
        throw coded(new TypeError('Unexpected input after the end of stream'), 'ERR_TRAILING_JUNK_AFTER_STREAM_END');
      return answer.bytes;
    });
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

/** @param {(bytes: Uint8Array) => Promise<Uint8Array>} work */
function transforming(work) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  return new TransformStream({
    /** @param {unknown} chunk */
    transform(chunk) {
      if (!isBuffer(chunk)) throw new TypeError('The chunk is no ArrayBuffer and no view of one');
      pieces.push(viewOf(chunk).slice());
    },
    /** @param {any} controller */
    async flush(controller) {
      const bytes = await work(joined(pieces));
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) controller.enqueue(bytes.slice(at, at + PIECE_BYTES));
    },
  });
}

/** @param {unknown} format */
function checked(format) {
  const name = `${format}`;
  if (!Object.hasOwn(FORMATS, name))
    throw coded(
      new TypeError(`The argument 'format' must be one of: 'deflate', 'deflate-raw', 'gzip'. Received '${name}'`),
      'ERR_INVALID_ARG_VALUE',
    );
  return FORMATS[name];
}

/** @param {string} name @param {object} options @param {Uint8Array} bytes @returns {Promise<{ bytes: Uint8Array, value: any }>} */
function computed(name, options, bytes) {
  return new Promise((resolve, reject) => {
    const args = runtime.jsonText({ name, options, data: [toBase64.call(bytes)] });
    runtime.startOperation('compute', args, (ok, answer) => {
      if (ok) resolve({ bytes: fromBase64(answer.data[0]), value: answer.value });
      else reject(coded(new TypeError(answer.message), answer.code));
    });
  });
}
