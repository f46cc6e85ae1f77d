// https://nodejs.org/api/crypto.html#class-ecdh and diffieHellman().
import { Buffer } from 'node:buffer';
import { bytesOf, coded, encoded, invalidType, validateString } from './arguments.js';
import { call } from './host.js';
import { materialOf } from './keys.js';
import { CURVES } from './names.js';

const PUBLIC = 'Public key is not valid for specified curve';

export class ECDH {
  #curve;
  /** DER. @type {any} */
  #private;
  /** A point, uncompressed. @type {any} */
  #public;

  /** @param {any} curve */
  constructor(curve) {
    validateString(curve, 'curve');
    if (!CURVES.includes(curve === 'secp256r1' ? 'prime256v1' : curve))
      throw coded(new TypeError('Invalid EC curve name'), 'ERR_CRYPTO_INVALID_CURVE');
    this.#curve = curve;
  }

  /** @param {any} key @param {any} curve @param {any} input @param {any} output @param {any} format */
  static convertKey(key, curve, input, output, format = 'uncompressed') {
    return encoded(compressed(point(curve, bytesOf(key, input, 'key')), format), output);
  }

  /** @param {any} [encoding] @param {any} [format] */
  generateKeys(encoding, format) {
    const [own, other] = call('key.generate', { type: 'ec', curve: this.#curve }).data;
    this.#private = own;
    this.#public = raw(other, false);
    return this.getPublicKey(encoding, format);
  }

  /** @param {any} key @param {any} [input] @param {any} [output] */
  computeSecret(key, input, output) {
    if (!this.#private) throw new Error('Failed to get ECDH private key');
    const other = fromPoint(this.#curve, bytesOf(key, input, 'otherPublicKey'));
    return encoded(call('agree', {}, this.#private, other).data[0], output);
  }

  /** @param {any} [encoding] */
  getPrivateKey(encoding) {
    if (!this.#private) throw new Error('Failed to get ECDH private key');
    return encoded(raw(this.#private, true), encoding);
  }

  /** @param {any} [encoding] @param {any} [format] */
  getPublicKey(encoding, format = 'uncompressed') {
    if (!this.#public) throw new Error('Failed to get ECDH public key');
    return encoded(compressed(this.#public, format), encoding);
  }

  /** @param {any} key @param {any} [encoding] */
  setPrivateKey(key, encoding) {
    const bytes = bytesOf(key, encoding, 'key');
    this.#private = call('key.raw-private', { type: 'ec', curve: this.#curve }, bytes).data[0];
    this.#public = raw(call('key.read', { want: 'public' }, this.#private).data[0], false);
    return this;
  }
}

/** @param {any} curve */
export function createECDH(curve) {
  return new ECDH(curve);
}

/** @param {any} options @param {any} [callback] */
export function diffieHellman(options, callback) {
  const { privateKey, publicKey } = Object(options);
  if (privateKey?.type !== 'private') throw invalidType('options.privateKey', 'an instance of KeyObject', privateKey);
  if (publicKey?.type !== 'public') throw invalidType('options.publicKey', 'an instance of KeyObject', publicKey);
  if (privateKey.asymmetricKeyType !== publicKey.asymmetricKeyType) {
    throw coded(
      new Error(
        `Incompatible key types for Diffie-Hellman: ${privateKey.asymmetricKeyType} and ${publicKey.asymmetricKeyType}`,
      ),
      'ERR_CRYPTO_INCOMPATIBLE_KEY',
    );
  }
  const [secret] = call('agree', {}, materialOf(privateKey), materialOf(publicKey)).data;
  if (callback === undefined) return secret;
  queueMicrotask(() => callback(null, secret));
  return undefined;
}

/** @param {any} key DER @param {boolean} isPrivate */
function raw(key, isPrivate) {
  return call('key.write', { private: isPrivate, format: 'raw' }, key).data[0];
}

/** @param {any} curve @param {any} bytes @returns {any} DER */
function fromPoint(curve, bytes) {
  try {
    return call('key.raw-public', { type: 'ec', curve }, bytes).data[0];
  } catch {
    throw coded(new Error(PUBLIC), 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY');
  }
}

/** @param {any} curve @param {any} bytes */
function point(curve, bytes) {
  return raw(fromPoint(curve, bytes), false);
}

/** SEC 1, 2.3.3. @param {any} bytes uncompressed @param {any} format */
function compressed(bytes, format) {
  if (format === 'uncompressed') return Buffer.from(bytes);
  const size = (bytes.length - 1) / 2;
  const odd = bytes.at(-1) & 1;
  if (format === 'compressed') return Buffer.concat([Buffer.from([2 + odd]), bytes.subarray(1, 1 + size)]);
  if (format === 'hybrid') return Buffer.concat([Buffer.from([6 + odd]), bytes.subarray(1)]);
  throw coded(new TypeError(`Invalid ECDH format: ${format}`), 'ERR_CRYPTO_ECDH_INVALID_FORMAT');
}
