// https://nodejs.org/api/crypto.html: generateKeyPair, generateKey.
import { Buffer } from 'node:buffer';
import { coded, invalidType, invalidValue, outOfRange, validateFunction, validateString } from './arguments.js';
import { call, callBack, later } from './host.js';
import { pair, secretKey } from './keys.js';
import { digestName, isDigest } from './names.js';
import { randomBytes } from './random.js';

const OCTETS = ['ed25519', 'ed448', 'x25519', 'x448'];

/** @param {any} type @param {any} [options] */
export function generateKeyPairSync(type, options) {
  return pair(call('key.generate', request(type, options)), options);
}

/** @param {any} type @param {any} options @param {any} [callback] */
export function generateKeyPair(type, options, callback) {
  if (typeof options === 'function') [options, callback] = [undefined, options];
  validateFunction(callback, 'callback');
  const making = later('key.generate', request(type, options)).then((made) => pair(made, options));
  callBack(making, callback, ({ publicKey, privateKey }) => [publicKey, privateKey]);
}
Object.defineProperty(generateKeyPair, Symbol.for('nodejs.util.promisify.custom'), {
  value: (/** @type {any} */ type, /** @type {any} */ options) =>
    later('key.generate', request(type, options)).then((made) => pair(made, options)),
});

/** @param {any} type @param {any} options */
export function generateKeySync(type, options) {
  validateString(type, 'type');
  const length = options?.length;
  if (typeof length !== 'number') throw invalidType('options.length', 'of type number', length);
  if (type === 'aes') {
    if (![128, 192, 256].includes(length))
      throw invalidValue('options.length', length, 'must be one of: 128, 192, 256');
  } else if (type !== 'hmac') {
    throw invalidValue('type', type, 'must be a supported key type');
  } else if (!(length >= 8 && length <= 2 ** 31 - 1)) {
    throw outOfRange('options.length', `>= 8 && <= ${2 ** 31 - 1}`, length);
  }
  return secretKey(Buffer.from(randomBytes(Math.floor(length / 8))));
}

/** @param {any} type @param {any} options @param {any} callback */
export function generateKey(type, options, callback) {
  validateFunction(callback, 'callback');
  const key = generateKeySync(type, options);
  queueMicrotask(() => callback(null, key));
}

/** @param {any} type @param {any} options @returns {Record<string, unknown>} */
function request(type, options) {
  validateString(type, 'type');
  if (OCTETS.includes(type)) return { type };
  if (type !== 'rsa' && type !== 'rsa-pss' && type !== 'ec')
    throw invalidValue('type', type, 'must be a supported key type');
  if (typeof options !== 'object' || options === null) throw invalidType('options', 'of type object', options);
  if (type === 'ec') {
    validateString(options.namedCurve, 'options.namedCurve');
    return { type, curve: options.namedCurve };
  }
  const { modulusLength, publicExponent = 65537 } = options;
  if (typeof modulusLength !== 'number') throw invalidType('options.modulusLength', 'of type number', modulusLength);
  const made = { type, bits: modulusLength, exponent: publicExponent };
  return type === 'rsa-pss' ? { ...made, ...restriction(options) } : made;
}

/** What a key of type rsa-pss is for. @param {any} options @returns {Record<string, unknown>} */
function restriction({ hash, hashAlgorithm = hash, mgf1Hash, mgf1HashAlgorithm = mgf1Hash, saltLength }) {
  for (const [name, value] of Object.entries({ hashAlgorithm, mgf1HashAlgorithm })) {
    if (value === undefined) continue;
    validateString(value, `options.${name}`);
    if (!isDigest(value)) throw coded(new TypeError(`Invalid digest: ${value}`), 'ERR_CRYPTO_INVALID_DIGEST');
  }
  if (saltLength !== undefined && !(Number.isInteger(saltLength) && saltLength >= 0 && saltLength < 2 ** 31))
    throw typeof saltLength === 'number'
      ? outOfRange('options.saltLength', '>= 0 && <= 2147483647', saltLength)
      : invalidType('options.saltLength', 'of type number', saltLength);
  if (hashAlgorithm === undefined) return {};
  const digest = digestName(hashAlgorithm);
  const [{ length }] = call('hash', { algorithm: digest }).data;
  return { hash: digest, mask: digestName(mgf1HashAlgorithm ?? hashAlgorithm), salt: saltLength ?? length };
}
