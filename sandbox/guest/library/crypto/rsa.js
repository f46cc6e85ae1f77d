// https://nodejs.org/api/crypto.html: publicEncrypt and privateDecrypt.
import { bytesOf, coded } from './arguments.js';
import { constants } from './constants.js';
import { call } from './host.js';
import { materialOf, privateKey, publicKey } from './keys.js';
import { digestName, isDigest } from './names.js';

/** @param {any} key @param {any} buffer */
export function publicEncrypt(key, buffer) {
  const { options, label } = sealing(key);
  return call('rsa.encrypt', options, materialOf(publicKey(key)), bytesOf(buffer, key?.encoding, 'buffer'), ...label)
    .data[0];
}

/** @param {any} key @param {any} buffer */
export function privateDecrypt(key, buffer) {
  const { options, label } = sealing(key);
  return call('rsa.decrypt', options, materialOf(privateKey(key)), bytesOf(buffer, key?.encoding, 'buffer'), ...label)
    .data[0];
}

/** Raw RSA, which these are, is not computed here: sign and verify are what they are used for. */
export function privateEncrypt() {
  throw refused('privateEncrypt');
}

export function publicDecrypt() {
  throw refused('publicDecrypt');
}

/** @param {any} key @returns {{ options: Record<string, unknown>, label: any[] }} */
function sealing(key) {
  const { padding = constants.RSA_PKCS1_OAEP_PADDING, oaepHash = 'sha1', oaepLabel } = Object(key);
  if (padding === constants.RSA_PKCS1_PADDING) return { options: { padding: 'pkcs1' }, label: [] };
  if (padding !== constants.RSA_PKCS1_OAEP_PADDING)
    throw coded(
      new Error('error:1C8000A5:Provider routines::illegal or unsupported padding mode'),
      'ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE',
    );
  if (!isDigest(oaepHash)) throw coded(new Error('Invalid digest'), 'ERR_OSSL_EVP_INVALID_DIGEST');
  const label = oaepLabel === undefined ? [] : [bytesOf(oaepLabel, undefined, 'key.oaepLabel')];
  return { options: { padding: 'oaep', hash: digestName(oaepHash) }, label };
}

/** @param {string} name */
function refused(name) {
  return coded(
    new Error(`crypto.${name} is not available here; use sign and verify`),
    'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
  );
}
