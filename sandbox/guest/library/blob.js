// https://w3c.github.io/FileAPI/. A blob's bytes are in the guest's memory, and slices share them.
import { decode } from './encoding/utf8.js';
import { isBuffer, joined, toText, viewOf } from './web/convert.js';
import { coded, needs } from './web/errors.js';
import { expose } from './web/interface.js';

const { utf8Encode } = host;
const PIECE_BYTES = 65536;

// What the classes do for this module and its users alone.
/** @type {(value: unknown) => value is Blob} */
let isBlob;
/** @type {(value: unknown) => value is File} */
let isFile;
/** The bytes of a blob, not to be written to. @type {(blob: Blob) => Uint8Array} */
let bytesOf;
/** @type {(bytes: Uint8Array, type: string) => Blob} */
let makeBlob;
/** @type {(blob: Blob, name: string, lastModified: number) => File} */
let makeFile;

export class Blob {
  #bytes;
  #type;

  /** @param {Iterable<unknown>} [parts] @param {{ type?: unknown, endings?: unknown } | null} [options] */
  constructor(parts = [], options) {
    const iterate = typeof parts === 'object' && parts !== null ? parts[Symbol.iterator] : undefined;
    if (typeof iterate !== 'function')
      throw coded(new TypeError('The "sources" argument must be an instance of Sequence.'), 'ERR_INVALID_ARG_TYPE');
    if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function')
      throw coded(new TypeError('The "options" argument must be of type object.'), 'ERR_INVALID_ARG_TYPE');
    const endings = options?.endings === undefined ? 'transparent' : `${options.endings}`;
    if (endings !== 'transparent' && endings !== 'native')
      throw coded(new TypeError(`The "options.endings" property is invalid`), 'ERR_INVALID_ARG_VALUE');
    const sequence = { [Symbol.iterator]: () => iterate.call(parts) };
    const pieces = Array.from(sequence, (part) => bytesOfPart(part, endings));
    // A lone view may be the caller's own memory.
    this.#bytes = pieces.length === 1 ? pieces[0].slice() : joined(pieces);
    this.#type = cleanType(options?.type ?? '');
  }

  get size() {
    return this.#bytes.length;
  }

  get type() {
    return this.#type;
  }

  /** @param {unknown} [start] @param {unknown} [end] @param {unknown} [type] */
  slice(start = undefined, end = undefined, type = '') {
    const from = relative(start, 0, this.size);
    return makeBlob(this.#bytes.subarray(from, Math.max(from, relative(end, this.size, this.size))), cleanType(type));
  }

  /** @returns {any} a ReadableStream of bytes */
  stream() {
    const bytes = this.#bytes;
    let at = 0;
    return new (runtime.module('web-streams').ReadableStream)(
      {
        type: 'bytes',
        /** @param {any} controller */
        pull(controller) {
          if (at >= bytes.length) {
            controller.close();
            controller.byobRequest?.respond(0);
          } else {
            const start = at;
            at += PIECE_BYTES;
            controller.enqueue(bytes.slice(start, at));
          }
        },
      },
      { highWaterMark: 0 },
    );
  }

  async text() {
    const text = decode(this.#bytes);
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }

  async bytes() {
    return this.#bytes.slice();
  }

  static {
    isBlob = /** @returns {value is Blob} */ (value) => typeof value === 'object' && value !== null && #bytes in value;
    bytesOf = (blob) => blob.#bytes;
    makeBlob = (bytes, type) => {
      const blob = new Blob();
      blob.#bytes = bytes;
      blob.#type = type;
      return blob;
    };
    makeFile = (blob, name, lastModified) => {
      const file = new File([], name, { lastModified });
      file.#bytes = blob.#bytes;
      file.#type = blob.#type;
      return file;
    };
  }
}

export class File extends Blob {
  #name;
  #lastModified;

  /** @param {Iterable<unknown>} parts @param {unknown} name @param {any} [options] */
  constructor(parts, name, options = undefined) {
    needs(arguments, 'fileBits', 'fileName');
    super(parts, options);
    this.#name = toText(name);
    const given = options?.lastModified;
    this.#lastModified = given === undefined ? Date.now() : Math.trunc(Number(given)) || 0;
  }

  get name() {
    return this.#name;
  }

  get lastModified() {
    return this.#lastModified;
  }

  /** Of no use outside a browser, where it is the path in a chosen folder. */
  get webkitRelativePath() {
    return '';
  }

  static {
    isFile = /** @returns {value is File} */ (value) => typeof value === 'object' && value !== null && #name in value;
  }
}

expose(Blob, 'Blob', ['size', 'type']);
expose(File, 'File', ['size', 'type', 'name', 'lastModified']);

export { bytesOf, isBlob, isFile, makeBlob, makeFile };

/** What structuredClone makes of these. @param {unknown} value */
export function cloned(value) {
  if (isFile(value)) return makeFile(value, value.name, value.lastModified);
  return isBlob(value) ? makeBlob(bytesOf(value), value.type) : undefined;
}

/** @param {unknown} part @param {string} endings @returns {Uint8Array} */
function bytesOfPart(part, endings) {
  if (isBlob(part)) return bytesOf(part);
  if (isBuffer(part)) return viewOf(part);
  const text = toText(part);
  return utf8Encode(endings === 'native' ? text.replace(/\r\n?/g, '\n') : text);
}

/** @param {unknown} type */
function cleanType(type) {
  const text = `${type}`;
  return /^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : '';
}

/** @param {unknown} value @param {number} missing @param {number} size */
function relative(value, missing, size) {
  if (value === undefined) return missing;
  const number = Math.trunc(Number(value)) || 0;
  return number < 0 ? Math.max(size + number, 0) : Math.min(number, size);
}
