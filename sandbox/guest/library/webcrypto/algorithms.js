// https://w3c.github.io/webcrypto/#algorithm-normalization, with the tables of what is registered.
import { failure } from './host.js';

/** Digests: the host's name, the JWK suffix, HMAC's block in bits. @type {Record<string, { host: string, jwk: string, block: number }>} */
export const HASHES = {
  'SHA-1': { host: 'sha1', jwk: '1', block: 512 },
  'SHA-256': { host: 'sha256', jwk: '256', block: 512 },
  'SHA-384': { host: 'sha384', jwk: '384', block: 1024 },
  'SHA-512': { host: 'sha512', jwk: '512', block: 1024 },
};

/** Curves: the host's name, the size of a coordinate. @type {Record<string, { host: string, bytes: number }>} */
export const CURVES = {
  'P-256': { host: 'prime256v1', bytes: 32 },
  'P-384': { host: 'secp384r1', bytes: 48 },
  'P-521': { host: 'secp521r1', bytes: 66 },
};

const CIPHERING = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];
const SIGNING = ['sign', 'verify'];
const DERIVING = ['deriveKey', 'deriveBits'];

/**
 * family: which code handles it. `operations`: what it may be asked for. `usages`: what a key may be for, of a secret
 * key, or of a private and a public one.
 * @typedef {{ family: string, operations: string[], usages: string[], publicUsages?: string[] }} Kind
 */
/** @type {Record<string, Kind>} */
export const KINDS = {
  HMAC: { family: 'hmac', operations: SIGNING, usages: SIGNING },
  'AES-CBC': { family: 'aes', operations: CIPHERING, usages: CIPHERING },
  'AES-CTR': { family: 'aes', operations: CIPHERING, usages: CIPHERING },
  'AES-GCM': { family: 'aes', operations: CIPHERING, usages: CIPHERING },
  'AES-KW': { family: 'aes', operations: ['wrapKey', 'unwrapKey'], usages: ['wrapKey', 'unwrapKey'] },
  'RSASSA-PKCS1-v1_5': { family: 'rsa', operations: SIGNING, usages: ['sign'], publicUsages: ['verify'] },
  'RSA-PSS': { family: 'rsa', operations: SIGNING, usages: ['sign'], publicUsages: ['verify'] },
  'RSA-OAEP': {
    family: 'rsa',
    operations: CIPHERING,
    usages: ['decrypt', 'unwrapKey'],
    publicUsages: ['encrypt', 'wrapKey'],
  },
  ECDSA: { family: 'ec', operations: SIGNING, usages: ['sign'], publicUsages: ['verify'] },
  ECDH: { family: 'ec', operations: DERIVING, usages: DERIVING, publicUsages: [] },
  Ed25519: { family: 'okp', operations: SIGNING, usages: ['sign'], publicUsages: ['verify'] },
  Ed448: { family: 'okp', operations: SIGNING, usages: ['sign'], publicUsages: ['verify'] },
  X25519: { family: 'okp', operations: DERIVING, usages: DERIVING, publicUsages: [] },
  X448: { family: 'okp', operations: DERIVING, usages: DERIVING, publicUsages: [] },
  PBKDF2: { family: 'kdf', operations: DERIVING, usages: DERIVING },
  HKDF: { family: 'kdf', operations: DERIVING, usages: DERIVING },
};

/** The members of all the standard's dictionaries of parameters, inherited ones too: `Object.create` of one is one. */
const PARAMETERS = [
  'additionalData',
  'counter',
  'hash',
  'info',
  'iterations',
  'iv',
  'label',
  'length',
  'modulusLength',
  'namedCurve',
  'public',
  'publicExponent',
  'salt',
  'saltLength',
  'tagLength',
];

/**
 * An algorithm as data of ours: its members as they were when it was given, its name in the standard's case.
 * @param {any} algorithm a name, or an object with one
 * @returns {any}
 */
export function normalised(algorithm) {
  const isObject = typeof algorithm === 'object' && algorithm !== null;
  /** @type {any} */
  const members = { name: isObject ? algorithm.name : `${algorithm}` };
  if (isObject) {
    for (const name of PARAMETERS) {
      const value = algorithm[name];
      if (value !== undefined) members[name] = value;
    }
  }
  if (members.name === undefined || typeof members.name === 'symbol')
    throw new TypeError('An algorithm must have a name');
  members.name = known(`${members.name}`, KINDS);
  return members;
}

/** @param {any} hash @returns {string} its name in the standard's case */
export function hashName(hash) {
  const name = typeof hash === 'object' && hash !== null ? hash.name : hash;
  if (name === undefined) throw new TypeError('The algorithm needs a hash');
  return known(`${name}`, HASHES);
}

/** @param {any} name @returns {string} */
export function curveName(name) {
  if (name === undefined) throw new TypeError('The algorithm needs a namedCurve');
  if (!Object.hasOwn(CURVES, name)) throw failure('NotSupportedError', 'Unrecognized namedCurve');
  return name;
}

/** @param {string} name @param {Record<string, unknown>} table */
function known(name, table) {
  const lower = name.toLowerCase();
  for (const own in table) if (Object.hasOwn(table, own) && own.toLowerCase() === lower) return own;
  throw failure('NotSupportedError', 'Unrecognized algorithm name');
}

/** @param {any} usages @param {string[]} [allowed] @returns {string[]} in the standard's order, each once */
export function checkedUsages(usages, allowed) {
  const all = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];
  const given = [...usages];
  for (const usage of given) {
    if (!all.includes(usage)) throw new TypeError(`'${usage}' is not a valid key usage`);
    if (allowed && !allowed.includes(usage)) throw failure('SyntaxError', 'Unsupported key usage for this key');
  }
  return all.filter((usage) => given.includes(usage));
}

/** A copy of the bytes of a BufferSource. @param {any} source @param {string} [name] @returns {Uint8Array<ArrayBuffer>} */
export function bytesOf(source, name = 'data') {
  if (ArrayBuffer.isView(source))
    return new Uint8Array(/** @type {ArrayBuffer} */ (source.buffer), source.byteOffset, source.byteLength).slice();
  if (runtime.module('inspect').types.isArrayBuffer(source)) return new Uint8Array(source).slice();
  throw new TypeError(`The ${name} must be an ArrayBuffer or a view of one`);
}

/** @param {any} value @param {string} name @param {number} most @returns {number} */
export function wholeNumber(value, name, most) {
  const number = Number(value);
  if (value === undefined || !(number >= 0 && number <= most)) throw new TypeError(`${name} must be from 0 to ${most}`);
  return Math.trunc(number);
}
