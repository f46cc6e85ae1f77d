// https://nodejs.org/api/crypto.html: randomBytes and its kin, timingSafeEqual. Entropy is the host's, drawn at each call.
import { Buffer } from 'node:buffer';
import { bytesOf, coded, invalidType, outOfRange, validateFunction } from './arguments.js';

const { random } = host;
/** What the host gives at once. */
const PIECE = 65536;
const MOST = 2 ** 31 - 1;
const VIEW = 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView';

/** @param {any} size @param {Function} [callback] */
export function randomBytes(size, callback) {
  if (typeof size !== 'number') throw invalidType('size', 'of type number', size);
  if (!(size >= 0 && size <= MOST)) throw outOfRange('size', `>= 0 && <= ${MOST}`, size);
  if (callback !== undefined) validateFunction(callback, 'callback');
  const bytes = fill(Buffer.alloc(Math.trunc(size)));
  if (!callback) return bytes;
  queueMicrotask(() => callback(null, bytes));
  return undefined;
}

/** @param {any} buffer @param {any} [offset] @param {any} [size] */
export function randomFillSync(buffer, offset = 0, size = undefined) {
  const bytes = bytesOf(typeof buffer === 'string' ? undefined : buffer, undefined, 'buf', VIEW);
  const unit = buffer.BYTES_PER_ELEMENT ?? 1;
  const from = within(offset, 'offset', bytes.length / unit) * unit;
  const count = size === undefined ? bytes.length - from : within(size, 'size', (bytes.length - from) / unit) * unit;
  fill(bytes.subarray(from, from + count));
  return buffer;
}

/** @param {any} buffer @param {any} offset @param {any} [size] @param {any} [callback] */
export function randomFill(buffer, offset, size, callback) {
  const done = [offset, size, callback].find((one) => typeof one === 'function');
  validateFunction(done, 'callback');
  const [from, count] = [offset, size].map((one) => (typeof one === 'function' ? undefined : one));
  randomFillSync(buffer, from, count);
  queueMicrotask(() => done(null, buffer));
}

/** @param {any} least @param {any} [most] @param {any} [callback] */
export function randomInt(least, most, callback) {
  if (most === undefined || typeof most === 'function') [least, most, callback] = [0, least, most];
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!Number.isSafeInteger(least)) throw invalidType('min', 'a safe integer', least);
  if (!Number.isSafeInteger(most)) throw invalidType('max', 'a safe integer', most);
  if (most <= least) throw outOfRange('max', `greater than the value of "min" (${least})`, most);
  const range = most - least;
  if (range > 2 ** 48 - 1) throw outOfRange(least === 0 ? 'max' : 'max - min', `<= ${2 ** 48 - 1}`, range);
  // What lies behind the last whole multiple of the range would make the first numbers likelier.
  const limit = 2 ** 48 - (2 ** 48 % range);
  const bytes = Buffer.alloc(6);
  let drawn;
  do drawn = fill(bytes).readUIntBE(0, 6);
  while (drawn >= limit);
  const number = (drawn % range) + least;
  if (!callback) return number;
  queueMicrotask(() => callback(undefined, number));
  return undefined;
}

/** @param {any} [options] */
export function randomUUID(options) {
  if (options !== undefined && (typeof options !== 'object' || options === null))
    throw invalidType('options', 'of type object', options);
  return globalThis.crypto.randomUUID();
}

/** @param {any} a @param {any} b */
export function timingSafeEqual(a, b) {
  const [one, other] = [a, b].map((value, i) =>
    bytesOf(typeof value === 'string' ? undefined : value, undefined, `buf${i + 1}`, VIEW),
  );
  if (one.length !== other.length) {
    throw coded(new RangeError('Input buffers must have the same byte length'), 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH');
  }
  let different = 0;
  for (let i = 0; i < one.length; i++) different |= one[i] ^ other[i];
  return different === 0;
}

/** @param {any} buffer */
function fill(buffer) {
  for (let start = 0; start < buffer.length; start += PIECE) random(buffer.subarray(start, start + PIECE));
  return buffer;
}

/** @param {any} value @param {string} name @param {number} most */
function within(value, name, most) {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!(value >= 0 && value <= most)) throw outOfRange(name, `>= 0 && <= ${most}`, value);
  return Math.trunc(value);
}
