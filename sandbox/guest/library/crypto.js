// https://nodejs.org/api/crypto.html. What is computed is computed by the host (crypto/host.js); the files beside it are one
// part of the API each.
import { coded } from './crypto/arguments.js';
import { Cipheriv, createCipheriv, createDecipheriv, Decipheriv, getCipherInfo, getCiphers } from './crypto/cipher.js';
import { constants } from './crypto/constants.js';
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto/derive.js';
import { createECDH, diffieHellman, ECDH } from './crypto/exchange.js';
import { generateKey, generateKeyPair, generateKeyPairSync, generateKeySync } from './crypto/generate.js';
import { createHash, createHmac, Hash, hash, Hmac } from './crypto/hash.js';
import { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from './crypto/keys.js';
import { getCurves, getHashes } from './crypto/names.js';
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual } from './crypto/random.js';
import { privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt } from './crypto/rsa.js';
import { createSign, createVerify, Sign, sign, Verify, verify } from './crypto/sign.js';
import { X509Certificate } from './crypto/x509.js';

const webcrypto = globalThis.crypto;

const exported = {
  Cipheriv,
  createCipheriv,
  createDecipheriv,
  ...later('checkPrime checkPrimeSync generatePrime generatePrimeSync'),
  createDiffieHellman: (/** @type {unknown[]} */ ...args) => wholeNumbers().DiffieHellman(...args),
  createDiffieHellmanGroup: (/** @type {unknown} */ name) => wholeNumbers().DiffieHellmanGroup(name),
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  constants,
  Decipheriv,
  diffieHellman,
  ECDH,
  generateKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  getCipherInfo,
  getCiphers,
  getCurves,
  get DiffieHellman() {
    return wholeNumbers().DiffieHellman;
  },
  get DiffieHellmanGroup() {
    return wholeNumbers().DiffieHellmanGroup;
  },
  getDiffieHellman: (/** @type {unknown} */ name) => wholeNumbers().DiffieHellmanGroup(name),
  getFips: () => 0,
  getHashes,
  /** @param {any} view */
  getRandomValues: (view) => webcrypto.getRandomValues(view),
  Hash,
  hash,
  hkdf,
  hkdfSync,
  Hmac,
  KeyObject,
  pbkdf2,
  pbkdf2Sync,
  privateDecrypt,
  privateEncrypt,
  pseudoRandomBytes: randomBytes,
  publicDecrypt,
  publicEncrypt,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  secureHeapUsed: () => ({ total: 0, used: 0, utilization: 0, min: 0 }),
  setEngine() {
    throw coded(new Error('Engines are not available here'), 'ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED');
  },
  /** @param {any} value */
  setFips(value) {
    if (value) throw coded(new Error('FIPS mode is not available here'), 'ERR_CRYPTO_FIPS_UNAVAILABLE');
  },
  Sign,
  sign,
  /** Loaded when it is asked for. */
  get subtle() {
    return /** @type {any} */ (webcrypto).subtle;
  },
  timingSafeEqual,
  Verify,
  verify,
  webcrypto,
  X509Certificate,
};

export { exported as 'module.exports' };

function wholeNumbers() {
  return runtime.module('whole-numbers');
}

/** Functions of a module that is loaded when one of them is called. @param {string} names @returns {Record<string, Function>} */
function later(names) {
  return Object.fromEntries(
    names.split(' ').map((name) => [name, (/** @type {unknown[]} */ ...args) => wholeNumbers()[name](...args)]),
  );
}
