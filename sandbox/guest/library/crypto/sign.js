// https://nodejs.org/api/crypto.html#class-sign and #class-verify, sign() and verify().
import { Buffer } from 'node:buffer';
import { bytesOf, coded, encoded, invalidType, invalidValue, validateFunction, validateString } from './arguments.js';
import { constants } from './constants.js';
import { call, callBack, later } from './host.js';
import { materialOf, privateKey, publicKey } from './keys.js';
import { lazyStream } from './lazy-stream.js';
import { digestName, isDigest } from './names.js';

const NO_KEY = 'No key provided to sign';

class Signing extends lazyStream('Writable') {
  #name;
  /** @type {any[]} */
  #chunks = [];

  /** @param {string} algorithm @param {object} [options] */
  constructor(algorithm, options) {
    super(options);
    validateString(algorithm, 'algorithm');
    if (!isDigest(algorithm)) throw invalidDigest('');
    this.#name = algorithm;
  }

  /** @param {any} data @param {any} encoding */
  update(data, encoding) {
    this.#chunks.push(Buffer.from(bytesOf(data, encoding)));
    return this;
  }

  /** @param {any} chunk @param {any} encoding @param {Function} done */
  _write(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }

  _take() {
    return { name: this.#name, data: this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks) };
  }
}

export class Sign extends Signing {
  /** @param {any} key @param {any} [encoding] */
  sign(key, encoding) {
    if (!key) throw coded(new Error(NO_KEY), 'ERR_CRYPTO_SIGN_KEY_REQUIRED');
    const { name, data } = this._take();
    return encoded(call(...signRequest(name, data, key)).data[0], encoding);
  }
}

export class Verify extends Signing {
  /** @param {any} key @param {any} signature @param {any} [encoding] */
  verify(key, signature, encoding) {
    const { name, data } = this._take();
    return call(...verifyRequest(name, data, key, bytesOf(signature, encoding, 'signature'))).value;
  }
}

/** @param {any} algorithm @param {any} [options] */
export function createSign(algorithm, options) {
  return new Sign(algorithm, options);
}

/** @param {any} algorithm @param {any} [options] */
export function createVerify(algorithm, options) {
  return new Verify(algorithm, options);
}

/** @param {any} algorithm @param {any} data @param {any} key @param {any} [callback] */
export function sign(algorithm, data, key, callback) {
  if (!key) throw coded(new Error(NO_KEY), 'ERR_CRYPTO_SIGN_KEY_REQUIRED');
  const request = signRequest(algorithm, bytesOf(data), key);
  if (callback === undefined) return call(...request).data[0];
  validateFunction(callback, 'callback');
  callBack(later(...request), callback, (made) => [made.data[0]]);
  return undefined;
}

/** @param {any} algorithm @param {any} data @param {any} key @param {any} signature @param {any} [callback] */
export function verify(algorithm, data, key, signature, callback) {
  if (typeof signature === 'string')
    throw invalidType('signature', 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', signature);
  const request = verifyRequest(algorithm, bytesOf(data), key, bytesOf(signature, undefined, 'signature'));
  if (callback === undefined) return call(...request).value;
  validateFunction(callback, 'callback');
  callBack(later(...request), callback, (made) => [made.value]);
  return undefined;
}

/** @typedef {[string, Record<string, unknown>, ...any[]]} Call */

/** @param {any} algorithm @param {any} data @param {any} key @returns {Call} */
function signRequest(algorithm, data, key) {
  const own = privateKey(key);
  return ['sign', options(algorithm, own, key, constants.RSA_PSS_SALTLEN_MAX_SIGN), materialOf(own), data];
}

/** @param {any} algorithm @param {any} data @param {any} key @param {any} signature @returns {Call} */
function verifyRequest(algorithm, data, key, signature) {
  const other = publicKey(key);
  return ['verify', options(algorithm, other, key, constants.RSA_PSS_SALTLEN_AUTO), materialOf(other), data, signature];
}

/** @param {any} algorithm @param {any} object the key @param {any} given what stood for it, with its options @param {number} salt */
function options(algorithm, object, given, salt) {
  const type = object.asymmetricKeyType;
  if (algorithm !== null && algorithm !== undefined) validateString(algorithm, 'algorithm');
  if (type === 'ed25519' || type === 'ed448') return { hash: algorithm ? digestName(algorithm) : '' };
  if (algorithm && !isDigest(algorithm)) throw invalidDigest(algorithm);
  const details = object.asymmetricKeyDetails;
  const hash = digestName(algorithm ?? details.hashAlgorithm ?? 'sha256');
  const isPss = type === 'rsa-pss';
  const otherwise = isPss ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const { dsaEncoding = 'der', padding = otherwise, saltLength = details.saltLength ?? salt } = given ?? {};
  if (dsaEncoding !== 'der' && dsaEncoding !== 'ieee-p1363') throw invalidValue('options.dsaEncoding', dsaEncoding);
  if (type === 'ec' || type === 'dsa') return { hash, p1363: dsaEncoding === 'ieee-p1363' };
  if (type !== 'rsa' && !isPss) return { hash };
  if (padding !== constants.RSA_PKCS1_PADDING && padding !== constants.RSA_PKCS1_PSS_PADDING)
    throw coded(
      new Error('error:1C8000A5:Provider routines::illegal or unsupported padding mode'),
      'ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE',
    );
  if (!Number.isInteger(saltLength)) throw invalidValue('options.saltLength', saltLength);
  if (padding === constants.RSA_PKCS1_PADDING) return isPss ? { hash, padding: 'pkcs1' } : { hash };
  return { hash, padding: 'pss', salt: saltLength };
}

/** @param {string} name said by the functions, not by the classes */
function invalidDigest(name) {
  return coded(new TypeError(`Invalid digest${name && `: ${name}`}`), 'ERR_CRYPTO_INVALID_DIGEST');
}
