// What lib/zlib.js asks of Node's C++ (src/node_zlib.cc): handles that write from one piece of memory into another.
import { Coding } from './coding.js';
import { refusal } from '../refused/refusing.js';
import constants from './constants.json';

const { nextTick } = runtime.module('node-bindings');
const { Z_FINISH, Z_BUF_ERROR, Z_MEM_ERROR } = constants;
const { DEFLATE, DEFLATERAW, GZIP, INFLATE, INFLATERAW, GUNZIP, UNZIP } = constants;
const GZIP_ID = [0x1f, 0x8b];
const CODED = /^((?:Z|ERR)_\w+) (.*)$/s;
const UNSET = 0xffffffff;

/** What a single call gives by default: a bomb is an error then, and not the end of the run. */
export const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/** https://nodejs.org/api/zlib.html#zlibcrc32data-value @param {any} data @param {number} value */
export function crc32(data, value) {
  const bytes = typeof data === 'string' ? runtime.module('buffer').Buffer.from(data) : bytesOf(data);
  return host.compute('crc32', JSON.stringify({ value }), bytes).value;
}

class Handle {
  /** @type {Uint32Array} room left in the output, and what is left of the input */
  #state = new Uint32Array(2);
  /** @type {() => void} */
  #done = () => {};
  /** @type {any} set by lib/zlib.js */
  onerror;

  /** @param {Uint32Array} state @param {() => void} done */
  _begin(state, done) {
    this.#state = state;
    this.#done = done;
  }

  /**
   * @param {number} flush @param {any} input @param {number} inputAt @param {number} inputLength
   * @param {Uint8Array} output @param {number} outputAt @param {number} outputLength
   */
  writeSync(flush, input, inputAt, inputLength, output, outputAt, outputLength) {
    this.#settle(this.#write(flush, input, inputAt, inputLength, output, outputAt, outputLength));
  }

  /**
   * What a write takes is short, so it is done at once; who waits for it is told later.
   * @type {(...args: Parameters<Handle['writeSync']>) => void}
   */
  write(flush, input, inputAt, inputLength, output, outputAt, outputLength) {
    const failure = this.#write(flush, input, inputAt, inputLength, output, outputAt, outputLength);
    nextTick(() => {
      if (this.#settle(failure)) Reflect.apply(this.#done, this, []);
    });
  }

  /** @type {(...args: Parameters<Handle['writeSync']>) => any} what went wrong */
  #write(flush, input, inputAt, inputLength, output, outputAt, outputLength) {
    try {
      const from = bytesOf(input).subarray(inputAt, inputAt + inputLength);
      const to = output.subarray(outputAt, outputAt + outputLength);
      const { read, written } = this._code(flush, from, to);
      this.#state[0] = to.length - written;
      this.#state[1] = from.length - read;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** @param {any} failure @returns {boolean} whether there is none */
  #settle(failure) {
    if (!failure) return true;
    const [, code = failure.code, words = failure.message] = CODED.exec(failure.message) ?? [];
    const errno = /** @type {any} */ (constants)[code] ?? (code === 'ERR__ERROR_FORMAT' ? -1 : Z_MEM_ERROR);
    this.onerror(words, errno, code);
    return false;
  }

  /** @param {number} _flush @param {Uint8Array} _from @param {Uint8Array} _to @returns {{ read: number, written: number }} */
  _code(_flush, _from, _to) {
    throw new Error('the handle has not begun');
  }

  close() {}
}

export class Zlib extends Handle {
  #mode;
  /** @type {any} */
  #coding;
  /** Bytes of a gzip file's beginning that were there, of one that may be none. */
  #seen = 0;

  /** @param {number} mode */
  constructor(mode) {
    super();
    this.#mode = mode;
  }

  /**
   * @param {number} windowBits @param {number} level @param {number} memLevel @param {number} strategy
   * @param {Uint32Array} state @param {() => void} done @param {any} [dictionary]
   */
  init(windowBits, level, memLevel, strategy, state, done, dictionary) {
    this._begin(state, done);
    const format = formatOf(this.#mode);
    const packs = this.#packs();
    // A gzip file has no place for a dictionary; Node takes one, and does nothing with it.
    const words = dictionary && format !== 'gzip' ? bytesOf(dictionary).slice() : undefined;
    const opening = packs
      ? { kind: 'deflate', format, level, windowBits, memLevel, strategy }
      : { kind: 'inflate', format, windowBits };
    this.#coding = new Coding(opening, words);
  }

  /** @param {number} level @param {number} strategy */
  params(level, strategy) {
    if (this.#mode === DEFLATE || this.#mode === DEFLATERAW) this.#coding.tune(level, strategy);
  }

  reset() {
    this.#coding.reset();
  }

  /** @override */
  close() {
    this.#coding.close();
  }

  /** @override @type {Handle['_code']} */
  _code(flush, from, to) {
    if (this.#mode === UNZIP) this.#look(from);
    let { read, written } = this.#coding.write(flush, from, to);
    // A gzip file may have several members, and zeros behind the last.
    while (this.#mode === GUNZIP && this.#coding.ended && read < from.length && from[read] !== 0) {
      if (written === to.length) return { read, written };
      this.#coding.reset();
      const more = this.#coding.write(flush, from.subarray(read), to.subarray(written));
      read += more.read;
      written += more.written;
    }
    if (!this.#packs() && !this.#coding.ended && flush === Z_FINISH && written < to.length) {
      throw Object.assign(new Error('Z_BUF_ERROR unexpected end of file'), { errno: Z_BUF_ERROR });
    }
    return { read, written };
  }

  /** Whether it is a gzip file. @param {Uint8Array} from */
  #look(from) {
    for (const byte of from.subarray(0, GZIP_ID.length - this.#seen)) {
      this.#mode = byte === GZIP_ID[this.#seen] ? UNZIP : INFLATE;
      if (this.#mode === INFLATE) return;
      if (++this.#seen === GZIP_ID.length) this.#mode = GUNZIP;
    }
  }

  #packs() {
    return this.#mode === DEFLATE || this.#mode === DEFLATERAW || this.#mode === GZIP;
  }
}

class Brotli extends Handle {
  /** @type {any} */
  #coding;

  /** @param {{ kind: string, [option: string]: unknown }} opening @param {Uint32Array} state @param {() => void} done @param {unknown} dictionary */
  _open(opening, state, done, dictionary) {
    if (dictionary) throw refusal('zlib', 'options.dictionary', "the host's Brotli takes none");
    this._begin(state, done);
    this.#coding = new Coding(opening);
  }

  params() {}

  reset() {
    this.#coding.reset();
  }

  /** @override */
  close() {
    this.#coding.close();
  }

  get ended() {
    return this.#coding.ended;
  }

  /** @override @type {Handle['_code']} */
  _code(flush, from, to) {
    return this.#coding.write(flush, from, to);
  }
}

export class BrotliEncoder extends Brotli {
  /** @param {Uint32Array} params @param {Uint32Array} state @param {() => void} done @param {unknown} [dictionary] */
  init(params, state, done, dictionary) {
    const block = within(params[constants.BROTLI_PARAM_LGBLOCK], 0, 24, 0);
    const mode = params[constants.BROTLI_PARAM_MODE];
    const opening = {
      kind: 'brotli',
      quality: within(params[constants.BROTLI_PARAM_QUALITY], 0, 11, 11),
      window: within(params[constants.BROTLI_PARAM_LGWIN], 10, 24, 22),
      block: block && Math.max(16, block),
      mode: mode <= constants.BROTLI_MODE_FONT ? mode : constants.BROTLI_MODE_GENERIC,
    };
    this._open(opening, state, done, dictionary);
  }
}

export class BrotliDecoder extends Brotli {
  /** @param {Uint32Array} _params @param {Uint32Array} state @param {() => void} done @param {unknown} [dictionary] */
  init(_params, state, done, dictionary) {
    this._open({ kind: 'unbrotli' }, state, done, dictionary);
  }

  /** @override @type {Handle['_code']} */
  _code(flush, from, to) {
    const { read, written } = super._code(flush, from, to);
    if (!this.ended && flush === constants.BROTLI_OPERATION_FINISH && written < to.length) {
      throw Object.assign(new Error('Z_BUF_ERROR unexpected end of file'), { errno: Z_BUF_ERROR });
    }
    return { read, written };
  }
}

/** @param {string} name */
function refused(name) {
  return class {
    init() {
      throw refusal('zlib', name, 'use gzip, deflate or Brotli');
    }
  };
}

export const ZstdCompress = refused('ZstdCompress');
export const ZstdDecompress = refused('ZstdDecompress');

/** @param {number} mode */
function formatOf(mode) {
  if (mode === GZIP || mode === GUNZIP) return 'gzip';
  if (mode === DEFLATERAW || mode === INFLATERAW) return 'raw';
  return mode === UNZIP ? 'auto' : 'deflate';
}

/** As Brotli itself takes what is out of range. @param {number} value @param {number} low @param {number} high @param {number} otherwise */
function within(value, low, high, otherwise) {
  return value === UNSET ? otherwise : Math.min(high, Math.max(low, value));
}

/** @param {any} view @returns {Uint8Array} */
function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
