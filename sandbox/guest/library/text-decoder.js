// https://encoding.spec.whatwg.org/#interface-textdecoder. UTF-8 is decoded by the host's function; every other encoding is
// the library module text-decoder-legacy.
import { decode, isWellFormed, unfinished } from './encoding/utf8.js';
import { expose } from './web/interface.js';

const UTF8 = /^[\t\n\f\r ]*(?:unicode-1-1-utf-8|unicode11utf8|unicode20utf8|utf-?8|x-unicode20utf8)[\t\n\f\r ]*$/i;
const BYTE_ORDER_MARK = '\ufeff';
const NONE = new Uint8Array(0);

export class TextDecoder {
  #fatal;
  #ignoreBOM;
  /** The decoder of another encoding. @type {any} */
  #legacy;
  /** An unfinished sequence of a stream. */
  #held = NONE;
  #started = false;

  /** @param {unknown} [label] @param {{ fatal?: boolean, ignoreBOM?: boolean }} [options] */
  constructor(label = 'utf-8', options = {}) {
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
    if (UTF8.test(`${label}`)) return;
    const { TextDecoder: Legacy, normalizeEncoding } = runtime.module('text-decoder-legacy');
    const encoding = normalizeEncoding(`${label}`);
    if (!encoding || encoding === 'replacement') {
      throw coded(new RangeError(`The "${label}" encoding is not supported`), 'ERR_ENCODING_NOT_SUPPORTED');
    }
    this.#legacy = new Legacy(encoding, { fatal: this.#fatal, ignoreBOM: this.#ignoreBOM });
  }

  get encoding() {
    return this.#legacy ? this.#legacy.encoding : 'utf-8';
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  /** @param {ArrayBuffer | ArrayBufferView} [input] @param {{ stream?: boolean }} [options] @returns {string} */
  decode(input = undefined, options = {}) {
    const stream = Boolean(options?.stream);
    const bytes = bytesOf(input);
    if (this.#legacy) return this.#decodeLegacy(bytes, stream);
    const joined = this.#held.length ? join(this.#held, bytes) : bytes;
    const end = stream ? joined.length - unfinished(joined) : joined.length;
    this.#held = joined.slice(end);
    const whole = end === joined.length ? joined : joined.subarray(0, end);
    if (this.#fatal && !isWellFormed(whole)) {
      this.#reset();
      throw invalid('utf-8');
    }
    let text = decode(whole);
    if (!this.#started && !this.#ignoreBOM && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    if (stream) this.#started ||= end > 0;
    else this.#reset();
    return text;
  }

  /** @param {Uint8Array} bytes @param {boolean} stream */
  #decodeLegacy(bytes, stream) {
    try {
      return this.#legacy.decode(bytes, { stream });
    } catch (error) {
      throw this.#fatal ? invalid(this.encoding) : error;
    }
  }

  #reset() {
    this.#held = NONE;
    this.#started = false;
  }
}

expose(TextDecoder, 'TextDecoder');

/** @param {unknown} input */
function bytesOf(input) {
  if (input === undefined) return NONE;
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  throw coded(
    new TypeError('The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.'),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** @param {Uint8Array} first @param {Uint8Array} second */
function join(first, second) {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** @param {string} encoding */
function invalid(encoding) {
  return coded(
    new TypeError(`The encoded data was not valid for encoding ${encoding}`),
    'ERR_ENCODING_INVALID_ENCODED_DATA',
  );
}

/** @param {Error} error @param {string} code */
function coded(error, code) {
  return Object.assign(error, { code });
}
