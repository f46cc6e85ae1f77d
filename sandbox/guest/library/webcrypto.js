// https://w3c.github.io/webcrypto/#subtlecrypto-interface. What is quick is computed at once and only resolved later; what is
// long (PBKDF2, RSA keys) is a host operation, so that the guest goes on meanwhile.
import { expose } from './web/interface.js';
import { bytesOf, checkedUsages, hashName, HASHES, KINDS, normalised } from './webcrypto/algorithms.js';
import { exportKey, importKey } from './webcrypto/formats.js';
import { failure, run } from './webcrypto/host.js';
import { CryptoKey, inside, isCryptoKey, make } from './webcrypto/key.js';
import { cipher, deriveBits, generateKey, keyLength, sign, verify } from './webcrypto/using.js';

/** @typedef {import('./webcrypto/key.js').Inside} Inside */

const { utf8Decode } = host;
const MAKE = Symbol();

class SubtleCrypto {
  /** @param {any} [token] */
  constructor(token = undefined) {
    if (token !== MAKE) throw new TypeError('Illegal constructor');
  }

  /** @param {any} algorithm @param {any} data @returns {Promise<ArrayBuffer>} */
  async digest(algorithm, data) {
    const name = HASHES[hashName(algorithm ?? `${algorithm}`)].host;
    return run('hash', { algorithm: name }, [bytesOf(data)]).data[0].buffer;
  }

  /** @param {any} algorithm @param {boolean} extractable @param {any} usages */
  async generateKey(algorithm, extractable, usages) {
    return generateKey(normalised(algorithm), Boolean(extractable), checkedUsages(usages));
  }

  /** @param {string} format @param {any} data @param {any} algorithm @param {boolean} extractable @param {any} usages */
  async importKey(format, data, algorithm, extractable, usages) {
    return importKey(`${format}`, data, normalised(algorithm), Boolean(extractable), checkedUsages(usages));
  }

  /** @param {string} format @param {any} key @returns {Promise<any>} */
  async exportKey(format, key) {
    return exportKey(`${format}`, inside(key));
  }

  /** @param {any} algorithm @param {any} key @param {any} data @returns {Promise<ArrayBuffer>} */
  async sign(algorithm, key, data) {
    const { chosen, own } = permitted(algorithm, key, 'sign');
    return sign(chosen, own, bytesOf(data));
  }

  /** @param {any} algorithm @param {any} key @param {any} signature @param {any} data @returns {Promise<boolean>} */
  async verify(algorithm, key, signature, data) {
    const { chosen, own } = permitted(algorithm, key, 'verify');
    return verify(chosen, own, bytesOf(signature, 'signature'), bytesOf(data));
  }

  /** @param {any} algorithm @param {any} key @param {any} data @returns {Promise<ArrayBuffer>} */
  async encrypt(algorithm, key, data) {
    const { chosen, own } = permitted(algorithm, key, 'encrypt');
    return cipher(chosen, own, bytesOf(data), true);
  }

  /** @param {any} algorithm @param {any} key @param {any} data @returns {Promise<ArrayBuffer>} */
  async decrypt(algorithm, key, data) {
    const { chosen, own } = permitted(algorithm, key, 'decrypt');
    return cipher(chosen, own, bytesOf(data), false);
  }

  /** @param {any} algorithm @param {any} key @param {number | null} [length] @returns {Promise<ArrayBuffer>} */
  async deriveBits(algorithm, key, length = null) {
    const { chosen, own } = permitted(algorithm, key, 'deriveBits');
    return (await deriveBits(chosen, own, length === null ? null : Number(length))).buffer;
  }

  /** @param {any} algorithm @param {any} key @param {any} derived @param {boolean} extractable @param {any} usages @returns {Promise<CryptoKey>} */
  async deriveKey(algorithm, key, derived, extractable, usages) {
    const { chosen, own } = permitted(algorithm, key, 'deriveKey');
    const kind = normalised(derived);
    const wanted = checkedUsages(usages);
    const bits = await deriveBits(chosen, own, keyLength(kind));
    return importKey('raw', bits, kind, Boolean(extractable), wanted);
  }

  /** @param {string} format @param {any} key @param {any} wrappingKey @param {any} algorithm @returns {Promise<ArrayBuffer>} */
  async wrapKey(format, key, wrappingKey, algorithm) {
    const { chosen, own } = permitted(algorithm, wrappingKey, 'wrapKey');
    const exported = exportKey(`${format}`, inside(key));
    const bytes = format === 'jwk' ? new TextEncoder().encode(JSON.stringify(exported)) : new Uint8Array(exported);
    // AES-KW takes whole halves of blocks; a JSON text may end in spaces.
    const padded = chosen.name === 'AES-KW' && format === 'jwk' ? spaced(bytes) : bytes;
    return cipher(chosen, own, padded, true);
  }

  /**
   * @param {string} format @param {any} wrapped @param {any} unwrappingKey @param {any} algorithm @param {any} unwrapped
   * @param {boolean} extractable @param {any} usages @returns {Promise<CryptoKey>}
   */
  async unwrapKey(format, wrapped, unwrappingKey, algorithm, unwrapped, extractable, usages) {
    const { chosen, own } = permitted(algorithm, unwrappingKey, 'unwrapKey');
    const bytes = cipher(chosen, own, bytesOf(wrapped, 'wrapped key'), false);
    let data;
    try {
      data = format === 'jwk' ? JSON.parse(utf8Decode(new Uint8Array(bytes))) : bytes;
    } catch {
      throw failure('DataError', 'Invalid wrapped JWK key');
    }
    return importKey(`${format}`, data, normalised(unwrapped), Boolean(extractable), checkedUsages(usages));
  }
}

expose(CryptoKey, 'CryptoKey');
expose(SubtleCrypto, 'SubtleCrypto');

const subtle = new SubtleCrypto(MAKE);
export { CryptoKey, SubtleCrypto, subtle };

/** What structuredClone makes of a key. @param {any} key */
export function cloned(key) {
  if (!isCryptoKey(key)) return undefined;
  const { type, material, algorithm, extractable, usages } = inside(key);
  return make(type, material, algorithm, extractable, usages);
}

/** For KeyObject.from, which in Node gives away what is not extractable. @param {any} key */
export function toKeyObject(key) {
  if (!isCryptoKey(key)) return undefined;
  const { type, material, extractable } = inside(key);
  if (!extractable) throw failure('InvalidAccessError', 'key is not extractable');
  return { type, material: runtime.module('buffer').Buffer.from(material) };
}

/** For KeyObject.toCryptoKey. @param {string} type @param {Uint8Array} material @param {any} algorithm @param {any} extractable @param {any} usages */
export function fromKeyObject(type, material, algorithm, extractable, usages) {
  const format = type === 'secret' ? 'raw' : type === 'private' ? 'pkcs8' : 'spki';
  return importKey(format, material, normalised(algorithm), Boolean(extractable), checkedUsages(usages));
}

/** @param {any} algorithm @param {any} key @param {string} usage @returns {{ chosen: any, own: Inside }} */
function permitted(algorithm, key, usage) {
  const chosen = normalised(algorithm);
  const own = inside(key);
  if (!KINDS[chosen.name].operations.includes(usage)) throw failure('NotSupportedError', 'Unrecognized algorithm name');
  if (own.algorithm.name !== chosen.name) throw failure('InvalidAccessError', 'Key algorithm mismatch');
  if (!own.usages.includes(usage)) throw failure('InvalidAccessError', `Unable to use this key to ${usage}`);
  return { chosen, own };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function spaced(bytes) {
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(32);
  padded.set(bytes);
  return padded;
}
