// The names that OpenSSL and Node know digests, ciphers and curves by.
import { call } from './host.js';

/** @type {Record<string, string>} */
const DIGESTS = {
  // @ts-expect-error -- a name that everything has is no digest
  __proto__: null,
  'md5-sha1': '',
  md5withrsaencryption: 'md5',
  ripemd: 'ripemd160',
  rmd160: 'ripemd160',
  'sha-1': 'sha1',
  'sha-224': 'sha224',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
  'sha2-224': 'sha224',
  'sha2-256': 'sha256',
  'sha2-384': 'sha384',
  'sha2-512': 'sha512',
  'sha512/224': 'sha512-224',
  'sha512/256': 'sha512-256',
  'ssl3-md5': 'md5',
  'ssl3-sha1': 'sha1',
};

/** Asked when the module is loaded, so that it is part of an action's image. @type {string[]} */
const hashes = call('hashes', {}).value;

/** A digest's name as the host has it; whether there is one of that name is the host's to say. @param {string} name */
export function digestName(name) {
  let lower = name.toLowerCase();
  if (lower.startsWith('rsa-')) lower = lower.slice(4);
  return DIGESTS[lower] ?? lower.replace(/^(sha\d+|md5|ripemd160)withrsa(?:encryption)?$/, '$1');
}

/** https://nodejs.org/api/crypto.html#cryptogethashes @returns {string[]} */
export function getHashes() {
  return [...hashes];
}

/** @param {string} name @returns {boolean} */
export function isDigest(name) {
  return hashes.includes(digestName(name));
}

export const CURVES = [
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
  'prime256v1',
  'secp224r1',
  'secp256k1',
  'secp384r1',
  'secp521r1',
];

/** https://nodejs.org/api/crypto.html#cryptogetcurves */
export function getCurves() {
  return [...CURVES];
}
