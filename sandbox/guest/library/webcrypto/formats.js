// importKey and exportKey: https://w3c.github.io/webcrypto/#SubtleCrypto-method-importKey and the algorithms' own steps.
import { bytesOf, checkedUsages, curveName, CURVES, hashName, HASHES, KINDS } from './algorithms.js';
import { failure, run } from './host.js';
import { make } from './key.js';

const { fromBase64 } = /** @type {any} */ (Uint8Array);
const { toBase64 } = /** @type {any} */ (Uint8Array.prototype);
const { apply } = Reflect;
const MEMBERS = /** @type {Record<string, string[]>} */ ({
  RSA: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'],
  EC: ['crv', 'x', 'y', 'd'],
  OKP: ['crv', 'x', 'd'],
});
/** https://w3c.github.io/webcrypto/#JsonWebKey-dictionary */
const WEB_KEY = 'alg crv d dp dq e ext k key_ops kty n oth p q qi use x y'.split(' ');
const KTY = /** @type {Record<string, string>} */ ({ rsa: 'RSA', ec: 'EC', okp: 'OKP' });

/** @param {string} format @param {any} data @param {any} algorithm normalised @param {boolean} extractable @param {string[]} usages */
export function importKey(format, data, algorithm, extractable, usages) {
  const { family } = KINDS[algorithm.name];
  if (!['raw', 'pkcs8', 'spki', 'jwk'].includes(format)) throw new TypeError(`'${format}' is not a valid key format`);
  if (format === 'jwk' && (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)))
    throw new TypeError('A JSON Web Key must be an object');
  const source = format === 'jwk' ? webKey(data) : bytesOf(data, 'key data');
  const imported =
    family === 'hmac' || family === 'aes' || family === 'kdf'
      ? importSecret(format, source, algorithm, extractable, usages)
      : importPair(format, source, algorithm, extractable, usages);
  if (imported.type !== 'public' && imported.usages.length === 0)
    throw failure('SyntaxError', 'Usages cannot be empty when importing a secret or private key');
  return imported;
}

/** @param {string} format @param {import('./key.js').Inside} key */
export function exportKey(format, key) {
  const { family } = KINDS[key.algorithm.name];
  if (family === 'kdf') throw failure('NotSupportedError', 'This key cannot be exported');
  if (!key.extractable) throw failure('InvalidAccessError', 'key is not extractable');
  if (format === 'jwk') return jwkOf(key);
  const secret = key.type === 'secret';
  if (format === 'raw' && secret) return key.material.slice().buffer;
  if (format === 'raw' && key.type === 'public' && family !== 'rsa')
    return run('key.write', { private: false, format: 'raw' }, [key.material]).data[0].buffer;
  if ((format === 'spki' && key.type === 'public') || (format === 'pkcs8' && key.type === 'private'))
    return key.material.slice().buffer;
  if (!['raw', 'spki', 'pkcs8'].includes(format)) throw new TypeError(`'${format}' is not a valid key format`);
  if (secret || format === 'raw')
    throw failure('NotSupportedError', `Unable to export a ${key.type} key in the format ${format}`);
  throw failure('InvalidAccessError', `Unable to export a ${key.type} key in the format ${format}`);
}

/** What the host says of DER, checked against the algorithm; gives the key's algorithm. @param {any} algorithm @param {any} about */
export function described(algorithm, about) {
  const { name } = algorithm;
  const { family } = KINDS[name];
  if (about.type !== (family === 'okp' ? name.toLowerCase() : family))
    throw failure('DataError', 'The key is of another type');
  if (family === 'okp') return { name };
  if (family === 'ec') {
    const namedCurve = curveName(algorithm.namedCurve);
    if (about.details.namedCurve !== CURVES[namedCurve].host) throw failure('DataError', 'Named curve mismatch');
    return { name, namedCurve };
  }
  let exponent = BigInt(about.details.publicExponent).toString(16);
  if (exponent.length % 2) exponent = `0${exponent}`;
  return {
    name,
    modulusLength: about.details.modulusLength,
    publicExponent: /** @type {any} */ (Uint8Array).fromHex(exponent),
    hash: { name: hashName(algorithm.hash) },
  };
}

/** @param {string} format @param {any} source @param {any} algorithm @param {boolean} extractable @param {string[]} usages */
function importSecret(format, source, algorithm, extractable, usages) {
  const { name } = algorithm;
  const { family, usages: allowed } = KINDS[name];
  const wanted = checkedUsages(usages, allowed);
  if (family === 'kdf') {
    if (format !== 'raw') throw failure('NotSupportedError', `Unable to import a ${name} key in the format ${format}`);
    if (extractable) throw failure('SyntaxError', `${name} keys are not extractable`);
    return make('secret', source, { name }, false, wanted);
  }
  if (format !== 'raw' && format !== 'jwk')
    throw failure('NotSupportedError', `Unable to import a ${name} key in the format ${format}`);
  let material = source;
  if (format === 'jwk') {
    checkJwk(
      source,
      'oct',
      extractable,
      wanted,
      wanted.some((usage) => usage === 'sign' || usage === 'verify') ? 'sig' : 'enc',
    );
    material = decoded(source.k);
  }
  if (family === 'aes') {
    if (![16, 24, 32].includes(material.length)) throw failure('DataError', 'Invalid key length');
    checkAlg(source, format, `A${material.length * 8}${name.slice(4)}`);
    return make('secret', material, { name, length: material.length * 8 }, extractable, wanted);
  }
  const hash = hashName(algorithm.hash);
  if (material.length === 0) throw failure('DataError', 'Zero-length key is not supported');
  checkAlg(source, format, `HS${HASHES[hash].jwk}`);
  const length = algorithm.length === undefined ? material.length * 8 : Number(algorithm.length);
  if (length !== material.length * 8) throw failure('DataError', 'Invalid key length');
  return make('secret', material, { name, length, hash: { name: hash } }, extractable, wanted);
}

/** @param {string} format @param {any} source @param {any} algorithm @param {boolean} extractable @param {string[]} usages */
function importPair(format, source, algorithm, extractable, usages) {
  const { family, usages: own, publicUsages = [] } = KINDS[algorithm.name];
  const isPrivate = format === 'pkcs8' || (format === 'jwk' && source.d !== undefined);
  const wanted = checkedUsages(usages, isPrivate ? own : publicUsages);
  if (family === 'rsa') hashName(algorithm.hash);
  if (family === 'ec') curveName(algorithm.namedCurve);
  let read;
  if (format === 'raw') {
    if (family === 'rsa') throw failure('NotSupportedError', 'Unable to import an RSA key in the format raw');
    const type = family === 'ec' ? 'ec' : algorithm.name.toLowerCase();
    const curve = family === 'ec' ? CURVES[algorithm.namedCurve].host : undefined;
    read = run('key.raw-public', { type, curve }, [source], 'DataError');
  } else if (format === 'jwk') {
    checkJwk(
      source,
      KTY[family],
      extractable,
      wanted,
      algorithm.name === 'RSA-OAEP' || own.includes('deriveBits') ? 'enc' : 'sig',
    );
    if (family === 'rsa') checkAlg(source, format, rsaAlg(algorithm.name, hashName(algorithm.hash)));
    else if (algorithm.name.startsWith('Ed') && source.alg !== 'EdDSA') checkAlg(source, format, algorithm.name);
    read = run('key.read', { want: isPrivate ? 'private' : 'public', jwk: membersOf(source) }, [], 'DataError');
  } else {
    if (source[0] !== 0x30) throw failure('DataError', 'Invalid keyData');
    read = run('key.read', { want: isPrivate ? 'private' : 'public' }, [source], 'DataError');
  }
  return make(isPrivate ? 'private' : 'public', read.data[0], described(algorithm, read.value), extractable, wanted);
}

/** A JSON Web Key's members, inherited ones too. @param {any} data @returns {any} */
function webKey(data) {
  /** @type {any} */
  const members = {};
  for (const name of WEB_KEY) {
    const value = data[name];
    if (value !== undefined) members[name] = value;
  }
  return members;
}

/** @param {any} jwk @param {string} kty @param {boolean} extractable @param {string[]} usages @param {string} use */
function checkJwk(jwk, kty, extractable, usages, use) {
  if (jwk.kty !== kty) throw failure('DataError', 'Invalid JWK "kty" Parameter');
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use)
    throw failure('DataError', 'Invalid JWK "use" Parameter');
  if (jwk.key_ops !== undefined) {
    if (!Array.isArray(jwk.key_ops)) throw failure('DataError', 'Invalid JWK "key_ops" Parameter');
    if (new Set(jwk.key_ops).size !== jwk.key_ops.length || usages.some((usage) => !jwk.key_ops.includes(usage)))
      throw failure('DataError', 'Key operations and usage mismatch');
  }
  if (jwk.ext === false && extractable) throw failure('DataError', 'JWK "ext" Parameter and extractable mismatch');
}

/** @param {any} jwk @param {string} format @param {string | undefined} expected */
function checkAlg(jwk, format, expected) {
  if (format === 'jwk' && expected && jwk.alg !== undefined && jwk.alg !== expected)
    throw failure('DataError', 'JWK "alg" does not match the requested algorithm');
}

/** @param {any} jwk */
function membersOf(jwk) {
  /** @type {Record<string, string>} */
  const members = { kty: jwk.kty };
  for (const name of MEMBERS[jwk.kty]) {
    if (jwk[name] === undefined) continue;
    if (typeof jwk[name] !== 'string') throw failure('DataError', 'Invalid keyData');
    members[name] = jwk[name];
  }
  return members;
}

/** @param {import('./key.js').Inside} key */
function jwkOf({ type, material, algorithm, usages, extractable }) {
  const { name } = algorithm;
  const { family } = KINDS[name];
  /** @type {any} */
  let jwk;
  if (type === 'secret') {
    const alg = family === 'hmac' ? `HS${HASHES[algorithm.hash.name].jwk}` : `A${algorithm.length}${name.slice(4)}`;
    jwk = { kty: 'oct', k: apply(toBase64, material, [{ alphabet: 'base64url', omitPadding: true }]), alg };
  } else {
    jwk = run('key.write', { private: type === 'private', format: 'jwk' }, [material]).value;
    if (family === 'rsa') jwk.alg = rsaAlg(name, algorithm.hash.name);
    if (name.startsWith('Ed')) jwk.alg = name;
  }
  return { ...jwk, key_ops: [...usages], ext: extractable };
}

/** @param {string} name @param {string} hash */
function rsaAlg(name, hash) {
  const suffix = HASHES[hash].jwk;
  if (name === 'RSA-OAEP') return suffix === '1' ? name : `${name}-${suffix}`;
  return `${name === 'RSA-PSS' ? 'PS' : 'RS'}${suffix}`;
}

/** @param {any} text */
function decoded(text) {
  try {
    return apply(fromBase64, Uint8Array, [text.replace(/=+$/, ''), { alphabet: 'base64url' }]);
  } catch {
    throw failure('DataError', 'Invalid keyData');
  }
}
