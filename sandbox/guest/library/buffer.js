// Node's Buffer by the package buffer, with what it lacks (base64url) or does slowly or differently (UTF-8, base64, hex)
// done by the engine and the host.
import { decode as utf8Decode, isWellFormed } from './encoding/utf8.js';
import { Buffer, INSPECT_MAX_BYTES, SlowBuffer, kMaxLength } from 'buffer';

const { utf8Encode } = host;
const { toBase64, toHex } = /** @type {any} */ (Uint8Array.prototype);
const plain = {
  byteLength: Buffer.byteLength,
  from: Buffer.from,
  isEncoding: Buffer.isEncoding,
  toString: Buffer.prototype.toString,
};

/** Whole strings to bytes, for the encodings that are not the package's. @type {Record<string, (text: string) => Uint8Array>} */
const ENCODERS = {
  utf8: utf8Encode,
  base64: fromBase64,
  base64url: fromBase64,
  hex: (text) => /** @type {any} */ (Uint8Array).fromHex(/^(?:[0-9a-f]{2})*/i.exec(text)?.[0]),
};
/** @type {Record<string, (bytes: Uint8Array) => string>} */
const DECODERS = {
  utf8: utf8Decode,
  base64: (bytes) => toBase64.call(bytes),
  base64url: (bytes) => toBase64.call(bytes, { alphabet: 'base64url', omitPadding: true }),
  hex: (bytes) => toHex.call(bytes),
};

/** @type {any} */
const patched = Buffer;

patched.isEncoding = (/** @type {unknown} */ encoding) => plain.isEncoding(encoding) || name(encoding) === 'base64url';

patched.byteLength = (/** @type {any} */ value, /** @type {any} */ encoding) => {
  if (typeof value !== 'string') return plain.byteLength(value, encoding);
  const encode = ENCODERS[name(encoding)];
  return encode ? encode(value).length : plain.byteLength(value, encoding);
};

patched.from = (/** @type {any} */ value, /** @type {any} */ encoding, /** @type {any} */ length) => {
  const encode = typeof value === 'string' && ENCODERS[name(encoding)];
  return encode ? asBuffer(encode(value)) : plain.from(value, encoding, length);
};

patched.prototype.toString = patched.prototype.toLocaleString = function (
  /** @type {any} */ encoding,
  /** @type {any} */ start,
  /** @type {any} */ end,
) {
  const decode = DECODERS[name(encoding)];
  if (!decode) return plain.toString.call(this, encoding, start, end);
  return decode(
    start === undefined && end === undefined
      ? this
      : this.subarray(clamp(start, 0, this.length), clamp(end, this.length, this.length)),
  );
};

for (const method of ['write', 'fill', 'indexOf', 'lastIndexOf', 'includes']) {
  const original = patched.prototype[method];
  // These take the encoding among their last arguments; the package's base64 reads both alphabets.
  patched.prototype[method] = function (/** @type {any[]} */ ...args) {
    for (let i = 1; i < args.length; i++)
      if (typeof args[i] === 'string' && name(args[i]) === 'base64url') args[i] = 'base64';
    return original.apply(this, args);
  };
}

patched.prototype[Symbol.for('nodejs.util.inspect.custom')] = patched.prototype.inspect = function () {
  const shown = toHex.call(this.subarray(0, INSPECT_MAX_BYTES)).replace(/..(?=.)/g, '$& ');
  const more = this.length - INSPECT_MAX_BYTES;
  return `<Buffer ${shown}${more > 0 ? ` ... ${more} more byte${more > 1 ? 's' : ''}` : ''}>`;
};

const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 };
const { atob, btoa } = globalThis;

/** @param {Uint8Array} bytes */
const isAscii = (bytes) => bytes.every((byte) => byte < 0x80);
export { Buffer, INSPECT_MAX_BYTES, SlowBuffer, atob, btoa, constants, isAscii, isWellFormed as isUtf8, kMaxLength };

/** @param {unknown} encoding @returns {string} lower case, UTF-8 by any of its names as "utf8" */
function name(encoding) {
  if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
  const lower = `${encoding}`.toLowerCase();
  return lower === 'utf-8' ? 'utf8' : lower;
}

/** As Node reads base64: both alphabets, no padding needed, other characters skipped, nothing after "=". @param {string} text */
function fromBase64(text) {
  const [digits] = text.split('=', 1);
  let clean = digits
    .replace(/-/g, '+')
    .replace(/_/g, '/')
    .replace(/[^A-Za-z0-9+/]/g, '');
  if (clean.length % 4 === 1) clean = clean.slice(0, -1);
  return /** @type {any} */ (Uint8Array).fromBase64(clean);
}

/** @param {Uint8Array} bytes */
function asBuffer(bytes) {
  return Object.setPrototypeOf(bytes, Buffer.prototype);
}

/** @param {unknown} value @param {number} missing @param {number} length */
function clamp(value, missing, length) {
  if (value === undefined) return missing;
  return Math.min(Math.max(Math.trunc(Number(value)) || 0, 0), length);
}
