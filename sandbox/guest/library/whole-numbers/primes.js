// https://nodejs.org/api/crypto.html: generatePrime and checkPrime.
import {
  arrayBufferOf,
  bytesOf,
  coded,
  invalidType,
  outOfRange,
  validateFunction,
  validateObject,
} from '../crypto/arguments.js';
import { bitsOf, bytesOfNumber, jacobi, numberOf, power, randomNumber } from './numbers.js';

/** More would take longer than a run may. */
const MOST_BITS = 1024;
const MOST_SAFE_BITS = 256;
/** Beside the two tests that nobody has found a composite number to pass: for numbers made by somebody who looks for one. */
const ROUNDS = 4;
const MOST_ROUNDS = 128;
const KINDS = 'an instance of ArrayBuffer, TypedArray, Buffer, or DataView or of type bigint';
const SMALL = smallPrimes(2000);

/** @param {any} size @param {any} [options] */
export function generatePrimeSync(size, options = {}) {
  int32(size, 'size', 1);
  validateObject(options, 'options');
  const { safe = false, bigint = false } = options;
  for (const [name, value] of Object.entries({ safe, bigint }))
    if (typeof value !== 'boolean') throw invalidType(`options.${name}`, 'of type boolean', value);
  const add = options.add === undefined ? undefined : unsigned(options.add, 'options.add');
  const rem = options.rem === undefined ? undefined : unsigned(options.rem, 'options.rem');
  if (add !== undefined && bitsOf(add) > size) throw coded(new RangeError('invalid options.add'), 'ERR_OUT_OF_RANGE');
  if (add !== undefined && rem !== undefined && add <= rem)
    throw coded(new RangeError('invalid options.rem'), 'ERR_OUT_OF_RANGE');
  if (size < (safe ? 3 : 2)) throw new Error('error:01800076:bignum routines::bits too small');
  if (size > (safe ? MOST_SAFE_BITS : MOST_BITS))
    throw coded(
      new Error(`A${safe ? ' safe' : ''} prime is made of at most ${safe ? MOST_SAFE_BITS : MOST_BITS} bits here`),
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
    );
  const prime = search(size, safe, add ?? (safe ? 4n : 2n), rem ?? (safe ? 3n : 1n), add === undefined);
  return bigint ? prime : arrayBufferOf(bytesOfNumber(prime, Math.ceil(size / 8)));
}

/** @param {any} size @param {any} options @param {any} [callback] */
export function generatePrime(size, options, callback) {
  int32(size, 'size', 1);
  if (typeof options === 'function') [options, callback] = [undefined, options];
  validateFunction(callback, 'callback');
  const prime = generatePrimeSync(size, options);
  queueMicrotask(() => callback(undefined, prime));
}

/** @param {any} candidate @param {any} [options] @returns {boolean} */
export function checkPrimeSync(candidate, options = {}) {
  const number = unsigned(candidate, 'candidate');
  validateObject(options, 'options');
  const { checks = 0 } = options;
  int32(checks, 'options.checks', 0);
  return isPrime(number, Math.min(checks || ROUNDS, MOST_ROUNDS));
}

/** @param {any} candidate @param {any} options @param {any} [callback] */
export function checkPrime(candidate, options, callback) {
  unsigned(candidate, 'candidate');
  if (typeof options === 'function') [options, callback] = [undefined, options];
  validateFunction(callback, 'callback');
  const found = checkPrimeSync(candidate, options);
  queueMicrotask(() => callback(undefined, found));
}

/** Baillie-PSW, then Miller-Rabin with bases that nobody can foresee. @param {bigint} number @param {number} [rounds] */
export function isPrime(number, rounds = ROUNDS) {
  if (number < 2n) return false;
  for (const small of SMALL) if (number % small === 0n) return number === small;
  if (number < 4_000_000n) return true;
  if (!passes(number, 2n) || !passesLucas(number)) return false;
  for (let i = 0; i < rounds; i++) {
    const base = (randomNumber(bitsOf(number) + 64) % (number - 3n)) + 2n;
    if (!passes(number, base)) return false;
  }
  return true;
}

/** Miller and Rabin's test. @param {bigint} number odd @param {bigint} base */
function passes(number, base) {
  const { odd, twos } = split(number - 1n);
  let x = power(base, odd, number);
  if (x === 1n || x === number - 1n) return true;
  for (let i = 1; i < twos; i++) {
    x = (x * x) % number;
    if (x === number - 1n) return true;
  }
  return false;
}

/** Lucas' strong test, with Selfridge's parameters (FIPS 186-5, B.3.3). @param {bigint} number odd */
function passesLucas(number) {
  const root = squareRoot(number);
  if (root * root === number) return false;
  let d = 5n;
  while (jacobi(d, number) !== -1) d = d > 0n ? -(d + 2n) : -d + 2n;
  const q = (1n - d) / 4n;
  const half = (/** @type {bigint} */ value) => (value & 1n ? value + number : value) / 2n;
  const within = (/** @type {bigint} */ value) => ((value % number) + number) % number;
  const { odd, twos } = split(number + 1n);
  let [u, v, qk] = [1n, 1n, within(q)];
  for (const bit of odd.toString(2).slice(1)) {
    [u, v, qk] = [within(u * v), within(v * v - 2n * qk), within(qk * qk)];
    if (bit === '1') [u, v, qk] = [within(half(within(u + v))), within(half(within(d * u + v))), within(qk * q)];
  }
  if (u === 0n || v === 0n) return true;
  for (let i = 1; i < twos; i++) {
    [v, qk] = [within(v * v - 2n * qk), within(qk * qk)];
    if (v === 0n) return true;
  }
  return false;
}

/** @param {number} size @param {boolean} safe @param {bigint} add @param {bigint} rem @param {boolean} isLong with two bits set on top */
function search(size, safe, add, rem, isLong) {
  const top = isLong && size > 2 ? 3n << BigInt(size - 2) : 1n << BigInt(size - 1);
  for (;;) {
    let number = randomNumber(size) | top;
    number += rem - (number % add);
    for (let i = 0; i < 4 * size && bitsOf(number) === size; i++, number += add) {
      if (isLong && number < top) continue;
      if (isPrime(number, 0) && (!safe || isPrime((number - 1n) / 2n)) && isPrime(number)) return number;
    }
  }
}

/** @param {bigint} number even */
function split(number) {
  let [odd, twos] = [number, 0];
  for (; (odd & 1n) === 0n; twos++) odd >>= 1n;
  return { odd, twos };
}

/** @param {bigint} number */
function squareRoot(number) {
  let root = 1n << BigInt((bitsOf(number) + 1) >> 1);
  for (;;) {
    const next = (root + number / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** @param {number} below */
function smallPrimes(below) {
  /** @type {number[]} */
  const found = [];
  for (let n = 2; n < below; n++) if (found.every((one) => n % one !== 0)) found.push(n);
  return found.map(BigInt);
}

/** @param {any} value @param {string} name */
function unsigned(value, name) {
  if (typeof value === 'bigint') {
    if (value < 0n) throw outOfRange(name, '>= 0', value);
    return value;
  }
  if (typeof value === 'string') throw invalidType(name, KINDS, value);
  return numberOf(bytesOf(value, undefined, name, KINDS));
}

/** @param {any} value @param {string} name @param {number} least */
function int32(value, name, least) {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > 2 ** 31 - 1) throw outOfRange(name, `>= ${least} && <= 2147483647`, value);
}
