// One compression or decompression, by the host's zlib: at once (host.compute), or as a host operation.
import constants from './constants.json';

const { internals } = runtime.module('node-internals');
const { codes } = internals['internal/errors'];
const { validateObject } = internals['internal/validators'];

/** @typedef {{ format: string, packs: boolean }} Kind */
/** @typedef {{ name: string, options: Record<string, any>, dictionary?: Uint8Array, most: number, shown: boolean, endsEarly: boolean }} Work */
/** @typedef {{ value: any, data: Uint8Array[] }} Computed */

/** By Node's class names. @type {Record<string, Kind>} */
export const KINDS = {
  BrotliDecompress: { format: 'brotli', packs: false },
  Deflate: { format: 'deflate', packs: true },
  DeflateRaw: { format: 'raw', packs: true },
  Gzip: { format: 'gzip', packs: true },
  Gunzip: { format: 'gzip', packs: false },
  Inflate: { format: 'deflate', packs: false },
  InflateRaw: { format: 'raw', packs: false },
  Unzip: { format: 'auto', packs: false },
};

/** What the host gives at most: interlock.sandbox.compute.caps. */
const MOST_BYTES = 16 * 1024 * 1024;
const ENDS = ['Z_NO_FLUSH', 'Z_SYNC_FLUSH', 'Z_PARTIAL_FLUSH', 'Z_BLOCK'];

/** Checks what Node checks. @param {Kind} kind @param {any} options @returns {Work} */
export function workOf(kind, options = {}) {
  if (options !== null && options !== undefined) validateObject(options, 'options');
  const given = options ?? {};
  const level = ranged(given.level, 'options.level', -1, 9);
  const windowBits =
    given.windowBits === 0 && !kind.packs
      ? 0
      : ranged(given.windowBits, 'options.windowBits', kind === KINDS.Gzip ? 9 : 8, 15);
  const memLevel = ranged(given.memLevel, 'options.memLevel', 1, 9);
  const strategy = ranged(given.strategy, 'options.strategy', 0, 4);
  const most = ranged(given.maxOutputLength, 'options.maxOutputLength', 1, Number.MAX_SAFE_INTEGER) ?? MOST_BYTES;
  const dictionary = given.dictionary === undefined ? undefined : bytesOf(given.dictionary, 'options.dictionary');
  const finish = given.finishFlush;
  return {
    name: kind.packs ? 'compress' : 'decompress',
    options: kind.packs
      ? { format: kind.format, level, windowBits, memLevel, strategy }
      : { format: kind.format, windowBits },
    dictionary,
    most,
    shown: Boolean(given.info),
    endsEarly: finish !== undefined && ENDS.some((name) => /** @type {any} */ (constants)[name] === finish),
  };
}

/** @param {Work} work @param {Uint8Array} bytes @returns {Uint8Array} */
export function computeNow(work, bytes) {
  if (work.options.format === 'brotli') return brotli(work, bytes);
  const steps = computing(work, bytes);
  let step = steps.next();
  while (!step.done) {
    try {
      const { options, data } = step.value;
      step = steps.next(host.compute(work.name, JSON.stringify(options), ...data));
    } catch (error) {
      throw failure(error, work);
    }
  }
  return step.value;
}

/** @param {Work} work @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export async function computeBeside(work, bytes) {
  if (work.options.format === 'brotli') return brotli(work, bytes);
  const { toBase64 } = /** @type {any} */ (Uint8Array.prototype);
  const { fromBase64 } = /** @type {any} */ (Uint8Array);
  const steps = computing(work, bytes);
  let step = steps.next();
  while (!step.done) {
    try {
      const { options, data } = step.value;
      const args = { name: work.name, options, data: data.map((part) => toBase64.call(part)) };
      const answer = await runtime.operation('compute', args);
      step = steps.next({
        value: answer.value,
        data: answer.data.map((/** @type {string} */ text) => fromBase64(text)),
      });
    } catch (error) {
      throw failure(error, work);
    }
  }
  return step.value;
}

/** In the guest: the host has none. @param {Work} work @param {Uint8Array} bytes */
function brotli(work, bytes) {
  try {
    return runtime.module('brotli').decompress(bytes, Math.min(work.most, MOST_BYTES));
  } catch (error) {
    if (error instanceof RangeError && error.message === 'too much') throw new codes.ERR_BUFFER_TOO_LARGE(work.most);
    const ended = /[Uu]nexpected end/.test(`${/** @type {any} */ (error)?.message}`);
    throw ended
      ? Object.assign(new Error('unexpected end of file'), { errno: -5, code: 'Z_BUF_ERROR' })
      : Object.assign(new Error('Decompression failed'), { errno: -1, code: 'ERR__ERROR_FORMAT' });
  }
}

/**
 * What is asked of the host, one after the other: a gzip file may have several members, and zeros behind the last.
 * @param {Work} work @param {Uint8Array} bytes
 * @returns {Generator<{ options: object, data: Uint8Array[] }, Uint8Array, Computed>}
 */
function* computing(work, bytes) {
  const extra = work.dictionary ? [work.dictionary] : [];
  if (work.name === 'compress') {
    const { data } = yield { options: work.options, data: [bytes, ...extra] };
    return limited(data[0], work.most);
  }
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b && /^(?:gzip|auto)$/.test(work.options.format);
  const parts = [];
  let rest = bytes;
  let length = 0;
  do {
    const most = Math.min(MOST_BYTES, work.most) - length;
    const options = { ...work.options, most, partial: work.endsEarly };
    const { value, data } = yield { options, data: [rest, ...extra] };
    parts.push(data[0]);
    length += data[0].length;
    rest = rest.subarray(value.used);
    if (!value.done || value.used === 0) break;
  } while (isGzip && rest.length > 0 && rest[0] !== 0);
  return parts.length === 1 ? parts[0] : joined(parts, length);
}

/** @param {any} error the host's @param {Work} work @returns {any} Node's */
function failure(error, work) {
  const message = `${error?.message}`;
  if (/^the decompressed data has more than/.test(message)) return new codes.ERR_BUFFER_TOO_LARGE(work.most);
  const found = /^(Z_\w+) (.*)$/s.exec(message);
  if (!found) return error;
  const [, code, words] = found;
  return Object.assign(new Error(words), { errno: /** @type {any} */ (constants)[code], code });
}

/** @param {unknown} value @param {string} name @returns {Uint8Array} */
export function bytesOf(value, name = 'buffer') {
  const { Buffer } = runtime.module('buffer');
  if (typeof value === 'string' && name === 'buffer') return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  const kinds = ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'];
  throw new codes.ERR_INVALID_ARG_TYPE(name, name === 'buffer' ? ['string', ...kinds] : kinds, value);
}

/** @param {Uint8Array} bytes @param {number} most */
export function limited(bytes, most) {
  if (bytes.length > most) throw new codes.ERR_BUFFER_TOO_LARGE(most);
  return bytes;
}

/** @param {Uint8Array[]} parts @param {number} length */
export function joined(parts, length) {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * As lib/zlib.js checks its numbers.
 * @param {any} value @param {string} name @param {number} low @param {number} high
 * @returns {number | undefined}
 */
function ranged(value, name, low, high) {
  if (value === undefined || Number.isNaN(value)) return undefined;
  if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (!Number.isFinite(value) || value < low || value > high) {
    throw new codes.ERR_OUT_OF_RANGE(name, `>= ${low} and <= ${high}`, value);
  }
  return value;
}
