// https://nodejs.org/api/crypto.html#class-keyobject. A key's bytes lie in the guest, as DER; the host reads them anew at
// each use. What is given as a key anywhere (PEM, DER, JWK, KeyObject, CryptoKey, options around them) is read here.
import { Buffer } from 'node:buffer';
import { bytesOf, coded, invalidType, invalidValue, validateString } from './arguments.js';
import { call } from './host.js';

const MAKE = Symbol();
/** The members that make a key. @type {Record<string, string[]>} */
const JWK = {
  RSA: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'],
  EC: ['crv', 'x', 'y', 'd'],
  OKP: ['crv', 'x', 'd'],
};
const KEY = 'an instance of ArrayBuffer, Buffer, TypedArray, DataView, string, KeyObject, or CryptoKey';

/** @type {(key: any) => any} the bytes: a secret's own, or DER */
export let materialOf;
/** @type {(value: any) => boolean} */
export let isKeyObject;

export class KeyObject {
  #type;
  #material;

  /** @param {any} token @param {string} type @param {any} material */
  constructor(token, type, material) {
    if (token !== MAKE) throw invalidValue('type', token);
    this.#type = type;
    this.#material = material;
  }

  get type() {
    return this.#type;
  }

  get [Symbol.toStringTag]() {
    return 'KeyObject';
  }

  /** @param {any} other */
  equals(other) {
    if (!isKeyObject(other)) throw invalidType('otherKeyObject', 'an instance of KeyObject', other);
    return this.type === other.type && Buffer.compare(this.#material, materialOf(other)) === 0;
  }

  /** @param {any} algorithm @param {any} extractable @param {any} usages */
  toCryptoKey(algorithm, extractable, usages) {
    return runtime.module('webcrypto').fromKeyObject(this.type, materialOf(this), algorithm, extractable, usages);
  }

  /** @param {any} key a CryptoKey */
  static from(key) {
    const found = runtime.module('webcrypto').toKeyObject(key);
    if (!found) throw invalidType('key', 'an instance of CryptoKey', key);
    return found.type === 'secret' ? secretKey(found.material) : keyFromDer(found.type, found.material);
  }

  static {
    isKeyObject = (value) => typeof value === 'object' && value !== null && #material in value;
    materialOf = (key) => key.#material;
  }
}

class SecretKeyObject extends KeyObject {
  get symmetricKeySize() {
    return materialOf(this).length;
  }

  /** @param {any} [options] */
  export(options) {
    if (options?.format === 'jwk') return { kty: 'oct', k: materialOf(this).toString('base64url') };
    return Buffer.from(materialOf(this));
  }
}

class AsymmetricKeyObject extends KeyObject {
  #about;

  /** @param {any} token @param {string} type @param {any} material @param {any} about what the host says it is */
  constructor(token, type, material, about) {
    super(token, type, material);
    this.#about = about;
  }

  get asymmetricKeyType() {
    return this.#about.type;
  }

  get asymmetricKeyDetails() {
    const details = { ...this.#about.details };
    if (details.publicExponent) details.publicExponent = BigInt(details.publicExponent);
    return details;
  }
}

class PublicKeyObject extends AsymmetricKeyObject {
  /** @param {any} options */
  export(options) {
    return exported(this, false, options);
  }
}

class PrivateKeyObject extends AsymmetricKeyObject {
  /** @param {any} options */
  export(options) {
    return exported(this, true, options);
  }
}

/** @param {any} key @param {any} [encoding] */
export function createSecretKey(key, encoding) {
  return secretKey(Buffer.from(bytesOf(key, encoding, 'key')));
}

/** @param {any} key */
export function createPrivateKey(key) {
  if (isKeyObject(key)) throw invalidType('key', KEY.replace(', KeyObject, or CryptoKey', ', or object'), key);
  return privateKey(key);
}

/** @param {any} key */
export function createPublicKey(key) {
  if (isKeyObject(key) && key.type !== 'private') throw wrongType(key, 'private');
  return publicKey(key);
}

/** A private key of whatever stands for one. @param {any} key @returns {any} a KeyObject */
export function privateKey(key) {
  const object = keyObjectOf(key);
  if (object) {
    if (object.type !== 'private') throw wrongType(object, 'private');
    return object;
  }
  return read('private', key);
}

/** A public key: also that of a private one. @param {any} key @returns {any} a KeyObject */
export function publicKey(key) {
  const object = keyObjectOf(key);
  if (!object) return read('public', key);
  if (object.type === 'public') return object;
  if (object.type !== 'private') throw wrongType(object, 'private or public');
  const { data, value } = call('key.read', { want: 'public' }, materialOf(object));
  return new PublicKeyObject(MAKE, 'public', data[0], value);
}

/** A secret's bytes: of a KeyObject, a string or a view. @param {any} key @param {any} [encoding] */
export function secretOf(key, encoding) {
  const object = keyObjectOf(key);
  if (!object) return bytesOf(key, encoding, 'key', KEY);
  if (object.type !== 'secret') throw wrongType(object, 'secret');
  return materialOf(object);
}

/** @param {any} material */
export function secretKey(material) {
  return new SecretKeyObject(MAKE, 'secret', material);
}

/** @param {string} type private or public @param {any} material DER @param {any} [about] */
export function keyFromDer(type, material, about = call('key.read', { want: type }, material).value) {
  return type === 'private'
    ? new PrivateKeyObject(MAKE, type, material, about)
    : new PublicKeyObject(MAKE, type, material, about);
}

/** A pair as the host made it, in the encodings asked for. @param {{ data: any[], value: any }} made @param {any} [options] */
export function pair(made, options) {
  const publicKey = keyFromDer('public', made.data[1], made.value);
  const privateKey = keyFromDer('private', made.data[0], made.value);
  return {
    publicKey: options?.publicKeyEncoding ? publicKey.export(options.publicKeyEncoding) : publicKey,
    privateKey: options?.privateKeyEncoding ? privateKey.export(options.privateKeyEncoding) : privateKey,
  };
}

/** @param {any} key @returns {any} the KeyObject that it is, wraps, or stands for as a CryptoKey */
function keyObjectOf(key) {
  if (isKeyObject(key)) return key;
  if (typeof key !== 'object' || key === null) return undefined;
  if (key[Symbol.toStringTag] === 'CryptoKey') return KeyObject.from(key);
  return !ArrayBuffer.isView(key) && key.key !== undefined ? keyObjectOf(key.key) : undefined;
}

/** @param {string} want @param {any} key */
function read(want, key) {
  const { data, value } = readDer(want, key);
  return keyFromDer(want, data[0], value);
}

/** @param {string} want @param {any} key */
function readDer(want, key) {
  const wrapped = typeof key === 'object' && key !== null && !ArrayBuffer.isView(key) && 'key' in key ? key : { key };
  const { format = 'pem', type, passphrase } = wrapped;
  if (format === 'jwk') {
    if (typeof wrapped.key !== 'object' || wrapped.key === null)
      throw invalidType('key.key', 'of type object', wrapped.key);
    return call('key.read', { want, jwk: jwkOf(wrapped.key, want) });
  }
  if (format !== 'pem' && format !== 'der') throw invalidValue('key.format', format);
  if (format === 'der' && type === undefined && want === 'private') throw invalidValue('key.type', type);
  const bytes = bytesOf(wrapped.key, wrapped.encoding ?? 'utf8', wrapped === key ? 'key.key' : 'key', KEY);
  const views =
    passphrase === undefined || passphrase === null ? [bytes] : [bytes, bytesOf(passphrase, 'utf8', 'key.passphrase')];
  return call('key.read', { want }, ...views);
}

/** Those members and nothing else. @param {any} jwk @param {string} want */
function jwkOf(jwk, want) {
  const names = JWK[jwk.kty];
  if (!names) throw coded(new TypeError('Invalid JWK data'), 'ERR_CRYPTO_INVALID_JWK');
  /** @type {Record<string, string>} */
  const document = { kty: jwk.kty };
  for (const name of names) {
    if (jwk[name] === undefined) continue;
    validateString(jwk[name], `key.${name}`);
    document[name] = jwk[name];
  }
  if (want === 'private') validateString(jwk.d, 'key.d');
  return document;
}

/** @param {any} key @param {boolean} isPrivate @param {any} options */
function exported(key, isPrivate, options) {
  if (typeof options !== 'object' || options === null) throw invalidType('options', 'of type object', options);
  const { format, passphrase, cipher } = options;
  if (format === 'jwk') {
    if (passphrase !== undefined)
      throw coded(
        new Error('The selected key encoding jwk does not support encryption.'),
        'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS',
      );
    return call('key.write', { private: isPrivate, format }, materialOf(key)).value;
  }
  if (format !== 'pem' && format !== 'der') throw invalidValue('options.format', format);
  const type = options.type ?? (isPrivate ? undefined : 'spki');
  if (!(isPrivate ? ['pkcs1', 'pkcs8', 'sec1'] : ['pkcs1', 'spki']).includes(type))
    throw invalidValue('options.type', type);
  if (cipher !== undefined && passphrase === undefined) throw invalidValue('options.passphrase', passphrase);
  const views = cipher === undefined ? [] : [bytesOf(passphrase, 'utf8', 'options.passphrase')];
  const [bytes] = call('key.write', { private: isPrivate, format, type }, materialOf(key), ...views).data;
  return format === 'pem' ? bytes.toString() : bytes;
}

/** @param {any} key @param {string} expected */
function wrongType(key, expected) {
  return coded(
    new TypeError(`Invalid key object type ${key.type}, expected ${expected}.`),
    'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE',
  );
}
