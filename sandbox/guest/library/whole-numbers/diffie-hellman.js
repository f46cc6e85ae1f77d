// https://nodejs.org/api/crypto.html#class-diffiehellman and #class-diffiehellmangroup
import { Buffer } from 'node:buffer';
import { bytesOf, coded, encoded } from '../crypto/arguments.js';
import { bitsOf, bytesOfNumber, jacobi, numberOf, power, randomNumber } from './numbers.js';
import { primeOf, privateBits } from './groups.js';
import { isPrime } from './primes.js';

const LEAST_BITS = 512;
const MOST_BITS = 8192;
const KINDS = 'one of type number or string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView';
/** openssl/dh.h, DH_check */
const NOT_PRIME = 1;
const NOT_SAFE = 2;
const NO_GENERATOR = 8;
const TOO_SMALL = 128;

class Exchange {
  #prime;
  #generator;
  /** @type {bigint | undefined} */
  #private;
  /** @type {bigint | undefined} */
  #public;
  #isGroup;

  /** @param {bigint} prime @param {bigint} generator @param {boolean} isGroup */
  constructor(prime, generator, isGroup) {
    this.#prime = prime;
    this.#generator = generator;
    this.#isGroup = isGroup || (generator === 2n && privateBits(prime, bitsOf(prime)) !== undefined);
    Object.defineProperty(this, 'verifyError', { enumerable: true, get: () => this.#wrong() });
  }

  /** @param {any} [encoding] */
  generateKeys(encoding) {
    const bits = bitsOf(this.#prime);
    if (bits < LEAST_BITS) throw coded(new Error('Key generation failed'), 'ERR_CRYPTO_OPERATION_FAILED');
    const length = privateBits(this.#prime, bits) ?? bits - 1;
    while (!this.#private || this.#private < 2n) this.#private = randomNumber(length);
    this.#public = power(this.#generator, this.#private, this.#prime);
    return this.getPublicKey(encoding);
  }

  /** @param {any} key @param {any} [input] @param {any} [output] */
  computeSecret(key, input, output) {
    const other = numberOf(bytesOf(key, input, 'key'));
    if (other <= 1n) throw coded(new RangeError('Supplied key is too small'), 'ERR_CRYPTO_INVALID_KEYLEN');
    if (other >= this.#prime - 1n)
      throw coded(new RangeError('Supplied key is too large'), 'ERR_CRYPTO_INVALID_KEYLEN');
    // One that is not of the group's own half would tell a bit of the private number.
    if (this.#isGroup && this.#generator === 2n && jacobi(other, this.#prime) !== 1 && jacobi(2n, this.#prime) === 1)
      throw coded(new RangeError('Supplied key is invalid'), 'ERR_CRYPTO_INVALID_KEYTYPE');
    if (this.#private === undefined) throw missing('private');
    const secret = power(other, this.#private, this.#prime);
    return encoded(bytesOfNumber(secret, Math.ceil(bitsOf(this.#prime) / 8)), output);
  }

  /** @param {any} [encoding] */
  getPrime(encoding) {
    return encoded(bytesOfNumber(this.#prime), encoding);
  }

  /** @param {any} [encoding] */
  getGenerator(encoding) {
    return encoded(bytesOfNumber(this.#generator), encoding);
  }

  /** @param {any} [encoding] */
  getPublicKey(encoding) {
    if (this.#public === undefined) throw missing('public');
    return encoded(bytesOfNumber(this.#public), encoding);
  }

  /** @param {any} [encoding] */
  getPrivateKey(encoding) {
    if (this.#private === undefined) throw missing('private');
    return encoded(bytesOfNumber(this.#private), encoding);
  }

  /** @param {bigint} number @param {boolean} isPrivate */
  _set(number, isPrivate) {
    if (isPrivate) this.#private = number;
    else this.#public = number;
  }

  /** What DH_check finds. */
  #wrong() {
    if (this.#isGroup) return 0;
    let found = bitsOf(this.#prime) < LEAST_BITS ? TOO_SMALL : 0;
    if (this.#generator <= 1n || this.#generator >= this.#prime - 1n) found |= NO_GENERATOR;
    if (!isPrime(this.#prime)) return found | NOT_PRIME;
    return isPrime((this.#prime - 1n) / 2n) ? found : found | NOT_SAFE;
  }
}

class Own extends Exchange {
  /** @param {any} key @param {any} [encoding] */
  setPublicKey(key, encoding) {
    this._set(numberOf(bytesOf(key, encoding, 'key')), false);
    return this;
  }

  /** @param {any} key @param {any} [encoding] */
  setPrivateKey(key, encoding) {
    this._set(numberOf(bytesOf(key, encoding, 'key')), true);
    return this;
  }
}

/** @param {any} prime or a number of bits @param {any} [encoding] @param {any} [generator] @param {any} [generatorEncoding] */
function make(prime, encoding, generator, generatorEncoding) {
  if (typeof prime === 'number')
    throw coded(
      new Error(
        "A group is not made here, which takes minutes: use getDiffieHellman('modp14'), or createECDH, which is quicker",
      ),
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
    );
  if (encoding && !Buffer.isEncoding(encoding) && encoding !== 'buffer')
    [generator, generatorEncoding, encoding] = [encoding, generator, undefined];
  const modulus = numberOf(bytesOf(prime, encoding, 'sizeOrKey', KINDS));
  if (bitsOf(modulus) > MOST_BITS)
    throw coded(new Error(`A group has at most ${MOST_BITS} bits here`), 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM');
  const base = generatorOf(generator || 2, generatorEncoding);
  if (base < 2n)
    throw coded(new Error('error:02800065:Diffie-Hellman routines::bad generator'), 'ERR_OSSL_DH_BAD_GENERATOR');
  return new Own(modulus, base, false);
}

/** @param {any} value @param {any} encoding */
function generatorOf(value, encoding) {
  if (typeof value === 'number') return BigInt(Math.trunc(value) || 0);
  return numberOf(bytesOf(value, encoding, 'generator', KINDS));
}

/** @param {any} name */
function makeGroup(name) {
  if (typeof name !== 'string') throw coded(new TypeError('Group name must be a string'), 'ERR_INVALID_ARG_TYPE');
  const prime = primeOf(name.toLowerCase());
  if (prime === undefined) throw coded(new Error('Unknown DH group'), 'ERR_CRYPTO_UNKNOWN_DH_GROUP');
  return new Exchange(prime, 2n, true);
}

/** @param {string} kind */
function missing(kind) {
  return coded(new Error(`No ${kind} key - did you forget to generate one?`), 'ERR_CRYPTO_INVALID_STATE');
}

export const DiffieHellman = callable('DiffieHellman', make, Own);
export const DiffieHellmanGroup = callable('DiffieHellmanGroup', makeGroup, Exchange);

/** Node's classes are called with and without `new`. @param {string} name @param {any} make @param {any} Class @returns {any} */
function callable(name, make, Class) {
  const made = { [name]: (/** @type {any[]} */ ...args) => make(...args) }[name];
  const proxied = new Proxy(Class, { apply: (_, _self, args) => made(...args), construct: (_, args) => made(...args) });
  Object.defineProperty(Class, 'name', { value: name });
  Class.prototype.constructor = proxied;
  return proxied;
}
