// What is done with keys: https://w3c.github.io/webcrypto/#algorithms, each with the host's computation of the same.
import { bytesOf, checkedUsages, curveName, CURVES, hashName, HASHES, KINDS, wholeNumber } from './algorithms.js';
import { described } from './formats.js';
import { failure, run, runLater } from './host.js';
import { inside, make } from './key.js';

/** @typedef {import('./key.js').Inside} Inside */

const { random } = host;
/** Iterations up to which waiting for the host costs more than PBKDF2 itself. */
const FEW_ITERATIONS = 2000;
const BLOCK = 16;
/** Bytes the host gives at once. */
const MOST_ENTROPY = 65536;

/** @param {any} algorithm @param {Inside} key @param {Uint8Array} data @returns {ArrayBuffer} */
export function sign(algorithm, key, data) {
  const { name } = key.algorithm;
  if (name === 'HMAC') return hmac(key, data).buffer;
  if (key.type !== 'private') throw failure('InvalidAccessError', 'Unable to use this key to sign');
  return run('sign', signing(algorithm, key), [key.material, data]).data[0].buffer;
}

/** @param {any} algorithm @param {Inside} key @param {Uint8Array} signature @param {Uint8Array} data @returns {boolean} */
export function verify(algorithm, key, signature, data) {
  if (key.algorithm.name === 'HMAC') return equal(hmac(key, data), signature);
  if (key.type !== 'public') throw failure('InvalidAccessError', 'Unable to use this key to verify');
  return run('verify', signing(algorithm, key), [key.material, data, signature]).value;
}

/** @param {any} algorithm @param {Inside} key @param {Uint8Array<ArrayBuffer>} data @param {boolean} encrypting @returns {ArrayBuffer} */
export function cipher(algorithm, key, data, encrypting) {
  switch (algorithm.name) {
    case 'AES-GCM':
      return gcm(algorithm, key, data, encrypting).buffer;
    case 'AES-CBC': {
      const iv = bytesOf(algorithm.iv, 'iv');
      if (iv.length !== BLOCK) throw failure('OperationError', 'algorithm.iv must contain exactly 16 bytes');
      return run('cipher', { mode: 'cbc', encrypt: encrypting, pad: true }, [key.material, iv, data]).data[0].buffer;
    }
    case 'AES-CTR':
      return ctr(algorithm, key, data).buffer;
    case 'RSA-OAEP': {
      if (key.type !== (encrypting ? 'public' : 'private'))
        throw failure('InvalidAccessError', 'The key is of the wrong type');
      const options = { padding: 'oaep', hash: HASHES[key.algorithm.hash.name].host };
      const views =
        algorithm.label === undefined ? [key.material, data] : [key.material, data, bytesOf(algorithm.label, 'label')];
      return run(encrypting ? 'rsa.encrypt' : 'rsa.decrypt', options, views).data[0].buffer;
    }
    default: // AES-KW, whose encryption is the wrapping of keys
      return run('wrap', { unwrap: !encrypting }, [key.material, data]).data[0].buffer;
  }
}

/** @param {any} algorithm @param {Inside} key @param {number | null} length in bits @returns {Promise<Uint8Array<ArrayBuffer>>} */
export async function deriveBits(algorithm, key, length) {
  const { name } = algorithm;
  if (name === 'ECDH' || name === 'X25519' || name === 'X448') return agreed(algorithm, key, length);
  if (length === null || length % 8) throw failure('OperationError', 'length must be a multiple of 8');
  const hash = HASHES[hashName(algorithm.hash)].host;
  const salt = bytesOf(algorithm.salt, 'salt');
  if (name === 'HKDF') {
    const info = bytesOf(algorithm.info, 'info');
    return run('hkdf', { algorithm: hash, length: length / 8 }, [key.material, salt, info]).data[0];
  }
  const iterations = wholeNumber(algorithm.iterations, 'iterations', 2 ** 32 - 1);
  if (iterations === 0) throw failure('OperationError', 'iterations cannot be zero');
  const options = { algorithm: hash, iterations, length: length / 8 };
  const views = [key.material, salt];
  return (iterations > FEW_ITERATIONS ? await runLater('pbkdf2', options, views) : run('pbkdf2', options, views))
    .data[0];
}

/** @param {any} algorithm normalised @param {boolean} extractable @param {string[]} usages */
export async function generateKey(algorithm, extractable, usages) {
  const { name } = algorithm;
  const { family, usages: own, publicUsages = [] } = KINDS[name];
  if (family === 'kdf') throw failure('NotSupportedError', 'Unrecognized algorithm name');
  if (family === 'hmac' || family === 'aes') {
    const length = /** @type {number} */ (keyLength(algorithm));
    const wanted = checkedUsages(usages, own);
    const material = new Uint8Array(Math.ceil(length / 8));
    for (let at = 0; at < material.length; at += MOST_ENTROPY) random(material.subarray(at, at + MOST_ENTROPY));
    if (wanted.length === 0) throw failure('SyntaxError', 'Usages cannot be empty when creating a key');
    const details = family === 'hmac' ? { name, length, hash: { name: hashName(algorithm.hash) } } : { name, length };
    return make('secret', material, details, extractable, wanted);
  }
  // Normalising the algorithm comes before the usages, and a hash is normalised with it.
  if (family === 'rsa') hashName(algorithm.hash);
  const wanted = checkedUsages(usages, own.concat(publicUsages));
  const made = await generated(algorithm, family);
  const details = described(algorithm, made.value);
  const ofPrivate = wanted.filter((usage) => own.includes(usage));
  if (ofPrivate.length === 0) throw failure('SyntaxError', 'Usages cannot be empty when creating a key');
  const ofPublic = wanted.filter((usage) => publicUsages.includes(usage));
  return {
    publicKey: make('public', made.data[1], details, true, ofPublic),
    privateKey: make('private', made.data[0], { ...details }, extractable, ofPrivate),
  };
}

/** https://w3c.github.io/webcrypto/#dfn-get-key-length @param {any} algorithm @returns {number | null} in bits */
export function keyLength(algorithm) {
  const { family } = KINDS[algorithm.name];
  if (family === 'kdf') return null;
  if (family === 'aes') {
    const length = wholeNumber(algorithm.length, 'length', 65535);
    if (![128, 192, 256].includes(length)) throw failure('OperationError', 'Invalid key length');
    return length;
  }
  if (family !== 'hmac') throw failure('NotSupportedError', 'A key of this algorithm cannot be derived');
  const { block } = HASHES[hashName(algorithm.hash)];
  if (algorithm.length === undefined) return block;
  const length = wholeNumber(algorithm.length, 'length', 2 ** 20);
  if (length === 0) throw failure('OperationError', 'Zero-length key is not supported');
  return length;
}

/** @param {any} algorithm @param {string} family */
async function generated(algorithm, family) {
  if (family === 'okp') return run('key.generate', { type: algorithm.name.toLowerCase() }, []);
  if (family === 'ec')
    return run('key.generate', { type: 'ec', curve: CURVES[curveName(algorithm.namedCurve)].host }, []);
  hashName(algorithm.hash);
  const bits = wholeNumber(algorithm.modulusLength, 'modulusLength', 2 ** 32 - 1);
  const exponent = bytesOf(algorithm.publicExponent, 'publicExponent').reduce((sum, byte) => sum * 256 + byte, 0);
  if (exponent !== 3 && exponent !== 65537) throw failure('OperationError', 'The public exponent must be 3 or 65537');
  return runLater('key.generate', { type: 'rsa', bits, exponent }, []);
}

/** @param {any} algorithm @param {Inside} key */
function signing(algorithm, key) {
  switch (key.algorithm.name) {
    case 'ECDSA':
      return { hash: HASHES[hashName(algorithm.hash)].host, p1363: true };
    case 'Ed25519':
    case 'Ed448':
      return { hash: '' };
    case 'RSA-PSS': {
      const salt = wholeNumber(algorithm.saltLength, 'saltLength', 2 ** 32 - 1);
      return { hash: HASHES[key.algorithm.hash.name].host, padding: 'pss', salt };
    }
    default:
      return { hash: HASHES[key.algorithm.hash.name].host };
  }
}

/** @param {Inside} key @param {Uint8Array} data */
function hmac(key, data) {
  return run('hmac', { algorithm: HASHES[key.algorithm.hash.name].host }, [key.material, data]).data[0];
}

/** @param {any} algorithm @param {Inside} key @param {Uint8Array<ArrayBuffer>} data @param {boolean} encrypting */
function gcm(algorithm, key, data, encrypting) {
  const iv = bytesOf(algorithm.iv, 'iv');
  const associated =
    algorithm.additionalData === undefined ? new Uint8Array(0) : bytesOf(algorithm.additionalData, 'additionalData');
  const bits = algorithm.tagLength === undefined ? 128 : Number(algorithm.tagLength);
  if (![32, 64, 96, 104, 112, 120, 128].includes(bits))
    throw failure('OperationError', `${bits} is not a valid AES-GCM tag length`);
  const tag = bits / 8;
  if (encrypting) {
    const { data: parts } = run('seal', { name: 'gcm', tag }, [key.material, iv, associated, data]);
    const sealed = new Uint8Array(parts[0].length + tag);
    sealed.set(parts[0]);
    sealed.set(parts[1], parts[0].length);
    return sealed;
  }
  if (data.length < tag) throw failure('OperationError', 'The provided data is too small');
  const end = data.length - tag;
  return run('unseal', { name: 'gcm' }, [key.material, iv, associated, data.subarray(0, end), data.subarray(end)])
    .data[0];
}

/** The counter is the last `length` bits of its block, and wraps alone. @param {any} algorithm @param {Inside} key @param {Uint8Array<ArrayBuffer>} data */
function ctr(algorithm, key, data) {
  const counter = bytesOf(algorithm.counter, 'counter');
  if (counter.length !== BLOCK) throw failure('OperationError', 'algorithm.counter must contain exactly 16 bytes');
  const length = wholeNumber(algorithm.length, 'length', 255);
  if (length === 0 || length > 128)
    throw failure('OperationError', 'AES-CTR algorithm.length must be between 1 and 128');
  const size = 1n << BigInt(length);
  const blocks = BigInt(Math.ceil(data.length / BLOCK));
  if (blocks > size) throw failure('OperationError', 'The counter would repeat');
  const start = BigInt(`0x${/** @type {any} */ (counter).toHex()}`);
  const before = size - (start % size);
  const options = { mode: 'ctr', encrypt: true };
  if (blocks <= before) return run('cipher', options, [key.material, counter, data]).data[0];
  const cut = Number(before) * BLOCK;
  const wrapped = /** @type {any} */ (Uint8Array).fromHex((start - (start % size)).toString(16).padStart(32, '0'));
  const done = new Uint8Array(data.length);
  done.set(run('cipher', options, [key.material, counter, data.subarray(0, cut)]).data[0]);
  done.set(run('cipher', options, [key.material, wrapped, data.subarray(cut)]).data[0], cut);
  return done;
}

/** @param {any} algorithm @param {Inside} key @param {number | null} length */
function agreed(algorithm, key, length) {
  const other = inside(algorithm.public);
  if (key.type !== 'private' || other.type !== 'public')
    throw failure('InvalidAccessError', 'A private and a public key are needed');
  const { name, namedCurve } = key.algorithm;
  if (other.algorithm.name !== name || other.algorithm.namedCurve !== namedCurve)
    throw failure('InvalidAccessError', 'The keys are of different algorithms or curves');
  const secret = run('agree', {}, [key.material, other.material]).data[0];
  if (length === null) return secret;
  if (length > secret.length * 8) throw failure('OperationError', 'derived bit length is too small');
  const bits = secret.slice(0, Math.ceil(length / 8));
  if (length % 8) bits[bits.length - 1] &= 0xff << (8 - (length % 8));
  return bits;
}

/** In time that does not depend on where they differ. @param {Uint8Array} a @param {Uint8Array} b */
function equal(a, b) {
  if (a.length !== b.length) return false;
  let different = 0;
  for (let i = 0; i < a.length; i++) different |= a[i] ^ b[i];
  return different === 0;
}
