// https://nodejs.org/api/crypto.html: pbkdf2, scrypt, hkdf. With a callback they are computed while the guest goes on.
import { arrayBufferOf, bytesOf, coded, validateFunction, validateInteger, validateString } from './arguments.js';
import { call, callBack, later } from './host.js';
import { isKeyObject, secretOf } from './keys.js';
import { digestName, isDigest } from './names.js';

const MOST = 2 ** 31 - 1;
const SCRYPT = { N: 16384, r: 8, p: 1, maxmem: 32 << 20 };
const ALIASES = /** @type {const} */ ([
  ['N', 'cost'],
  ['r', 'blockSize'],
  ['p', 'parallelization'],
]);

/** @param {any} password @param {any} salt @param {any} iterations @param {any} length @param {any} digest */
export function pbkdf2Sync(password, salt, iterations, length, digest) {
  return call(...pbkdf2Request(password, salt, iterations, length, digest)).data[0];
}

/** @param {any} password @param {any} salt @param {any} iterations @param {any} length @param {any} digest @param {any} [callback] */
export function pbkdf2(password, salt, iterations, length, digest, callback) {
  if (typeof digest === 'function') [digest, callback] = [undefined, digest];
  const request = pbkdf2Request(password, salt, iterations, length, digest);
  validateFunction(callback, 'callback');
  callBack(later(...request), callback, ({ data }) => [data[0]]);
}

/** @param {any} password @param {any} salt @param {any} length @param {any} [options] */
export function scryptSync(password, salt, length, options) {
  return call(...scryptRequest(password, salt, length, options)).data[0];
}

/** @param {any} password @param {any} salt @param {any} length @param {any} options @param {any} [callback] */
export function scrypt(password, salt, length, options, callback) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  const request = scryptRequest(password, salt, length, options);
  validateFunction(callback, 'callback');
  callBack(later(...request), callback, ({ data }) => [data[0]]);
}

/** @param {any} digest @param {any} key @param {any} salt @param {any} info @param {any} length */
export function hkdfSync(digest, key, salt, info, length) {
  return arrayBufferOf(call(...hkdfRequest(digest, key, salt, info, length)).data[0]);
}

/** @param {any} digest @param {any} key @param {any} salt @param {any} info @param {any} length @param {any} callback */
export function hkdf(digest, key, salt, info, length, callback) {
  const request = hkdfRequest(digest, key, salt, info, length);
  validateFunction(callback, 'callback');
  callBack(later(...request), callback, ({ data }) => [arrayBufferOf(data[0])]);
}

/** @typedef {[string, Record<string, unknown>, ...any[]]} Call */

/** @param {any} password @param {any} salt @param {any} iterations @param {any} length @param {any} digest @returns {Call} */
function pbkdf2Request(password, salt, iterations, length, digest) {
  validateString(digest, 'digest');
  const [key, grain] = [bytesOf(password, 'utf8', 'password'), bytesOf(salt, 'utf8', 'salt')];
  validateInteger(iterations, 'iterations', 1, MOST);
  validateInteger(length, 'keylen', 0, MOST);
  return ['pbkdf2', { algorithm: known(digest), iterations, length }, key, grain];
}

/** @param {any} password @param {any} salt @param {any} length @param {any} [options] @returns {Call} */
function scryptRequest(password, salt, length, options) {
  const [key, grain] = [bytesOf(password, 'utf8', 'password'), bytesOf(salt, 'utf8', 'salt')];
  validateInteger(length, 'keylen', 0, MOST);
  const chosen = { ...SCRYPT };
  for (const [short, long] of ALIASES) {
    if (options?.[short] !== undefined && options[long] !== undefined)
      throw coded(
        new TypeError(`Option "${short}" cannot be used in combination with option "${long}"`),
        'ERR_INCOMPATIBLE_OPTION_PAIR',
      );
    const value = options?.[short] ?? options?.[long];
    if (value !== undefined) chosen[short] = validateInteger(value, short, 0, 2 ** 32 - 1) || SCRYPT[short];
  }
  if (options?.maxmem !== undefined)
    chosen.maxmem = validateInteger(options.maxmem, 'maxmem', 0, Number.MAX_SAFE_INTEGER);
  const { N, r, p, maxmem } = chosen;
  if (N < 2 || N & (N - 1)) throw badScrypt('');
  if (128 * N * r > maxmem) throw badScrypt(': memory limit exceeded');
  return ['scrypt', { cost: N, blockSize: r, parallelization: p, length }, key, grain];
}

/** @param {any} digest @param {any} key @param {any} salt @param {any} info @param {any} length @returns {Call} */
function hkdfRequest(digest, key, salt, info, length) {
  validateString(digest, 'digest');
  const secret = isKeyObject(key) ? secretOf(key) : bytesOf(key, 'utf8', 'ikm');
  const [grain, about] = [bytesOf(salt, 'utf8', 'salt'), bytesOf(info, 'utf8', 'info')];
  validateInteger(length, 'length', 0, MOST);
  if (about.length > 1024) {
    throw coded(
      new RangeError(
        `The value of "info" is out of range. It must be must not contain more than 1024 bytes. Received ${about.length}`,
      ),
      'ERR_OUT_OF_RANGE',
    );
  }
  return ['hkdf', { algorithm: known(digest), length }, secret, grain, about];
}

/** @param {string} digest */
function known(digest) {
  if (!isDigest(digest)) throw coded(new TypeError(`Invalid digest: ${digest}`), 'ERR_CRYPTO_INVALID_DIGEST');
  return digestName(digest);
}

/** @param {string} why */
function badScrypt(why) {
  return coded(new RangeError(`Invalid scrypt params${why}`), 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS');
}
