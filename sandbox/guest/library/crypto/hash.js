// https://nodejs.org/api/crypto.html#class-hash and #class-hmac. The host keeps nothing between calls: chunks are kept
// here, copied, and hashed when the digest is asked for. So a hash holds its input in the guest's memory, 32 MiB at most.
import { Buffer } from 'node:buffer';
import { bytesOf, coded, encoded, invalidType, validateString } from './arguments.js';
import { call } from './host.js';
import { secretOf } from './keys.js';
import { lazyStream } from './lazy-stream.js';
import { digestName, isDigest } from './names.js';

const SMALL = 4096;
const LazyTransform = lazyStream('Transform');

/** Chunks given so far, as few Buffers. */
class Chunks {
  /** @type {any[]} */
  parts = [];

  /** @param {any} bytes */
  add(bytes) {
    if (bytes.length) this.parts.push(Buffer.from(bytes));
    if (this.parts.length > 64 && this.parts.at(-1).length < SMALL) this.parts = [Buffer.concat(this.parts)];
  }

  /** At most six views. */
  views() {
    return this.parts.length <= 6 ? this.parts : [Buffer.concat(this.parts)];
  }

  copy() {
    const copy = new Chunks();
    copy.parts = [...this.parts];
    return copy;
  }
}

/** @this {any} @param {any} algorithm or a Hash to copy @param {any} [options] */
export function Hash(algorithm, options) {
  if (!new.target) return new /** @type {any} */ (Hash)(algorithm, options);
  LazyTransform.call(this, options);
  if (algorithm instanceof Hash) {
    const other = /** @type {any} */ (algorithm);
    this._name = other._name;
    this._length = options?.outputLength ?? other._length;
    this._chunks = other._chunks.copy();
    return;
  }
  validateString(algorithm, 'algorithm');
  if (!isDigest(algorithm)) throw coded(new Error('Digest method not supported'), 'ERR_OSSL_EVP_UNSUPPORTED');
  const length = options?.outputLength;
  if (length !== undefined && typeof length !== 'number')
    throw invalidType('options.outputLength', 'of type number', length);
  this._name = digestName(algorithm);
  this._length = length;
  this._chunks = new Chunks();
}
inherit(Hash);

/** @param {any} options */
Hash.prototype.copy = function (options) {
  if (this._result) throw finalized();
  return new /** @type {any} */ (Hash)(this, options);
};

/** @param {any} data @param {any} encoding */
Hash.prototype.update = function (data, encoding) {
  if (this._result) throw finalized();
  this._chunks.add(bytesOf(data, encoding));
  return this;
};

/** @param {any} encoding */
Hash.prototype.digest = function (encoding) {
  if (this._result) throw finalized();
  [this._result] = call('hash', { algorithm: this._name, length: this._length }, ...this._chunks.views()).data;
  this._chunks = undefined;
  return encoded(this._result, encoding);
};

/** @this {any} @param {any} algorithm @param {any} key @param {any} [options] */
export function Hmac(algorithm, key, options) {
  if (!new.target) return new /** @type {any} */ (Hmac)(algorithm, key, options);
  LazyTransform.call(this, options);
  validateString(algorithm, 'hmac');
  const secret = Buffer.from(secretOf(key, options?.encoding));
  if (!isDigest(algorithm)) throw coded(new TypeError(`Invalid digest: ${algorithm}`), 'ERR_CRYPTO_INVALID_DIGEST');
  this._name = digestName(algorithm);
  this._key = secret;
  this._chunks = new Chunks();
}
inherit(Hmac);

/** @param {any} data @param {any} encoding */
Hmac.prototype.update = function (data, encoding) {
  if (this._result) throw finalized();
  this._chunks.add(bytesOf(data, encoding));
  return this;
};

/** As in Node, a second digest is empty. @param {any} encoding */
Hmac.prototype.digest = function (encoding) {
  if (this._result) return encoded(Buffer.alloc(0), encoding);
  [this._result] = call('hmac', { algorithm: this._name }, this._key, ...this._chunks.views()).data;
  this._chunks = this._key = undefined;
  return encoded(this._result, encoding);
};

/** @param {any} algorithm @param {any} [options] */
export function createHash(algorithm, options) {
  return new /** @type {any} */ (Hash)(algorithm, options);
}

/** @param {any} algorithm @param {any} key @param {any} [options] */
export function createHmac(algorithm, key, options) {
  return new /** @type {any} */ (Hmac)(algorithm, key, options);
}

/** https://nodejs.org/api/crypto.html#cryptohashalgorithm-data-options @param {any} algorithm @param {any} data @param {any} [options] */
export function hash(algorithm, data, options = 'hex') {
  const encoding = typeof options === 'string' ? options : (options?.outputEncoding ?? 'hex');
  return createHash(algorithm, typeof options === 'object' ? options : undefined)
    .update(data)
    .digest(encoding);
}

/** @param {any} constructor */
function inherit(constructor) {
  Object.setPrototypeOf(constructor.prototype, LazyTransform.prototype);
  Object.setPrototypeOf(constructor, LazyTransform);
  /** @this {any} @param {any} chunk @param {any} encoding @param {Function} done */
  constructor.prototype._transform = function (chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  };
  /** @this {any} @param {Function} done */
  constructor.prototype._flush = function (done) {
    this.push(this.digest());
    done();
  };
}

function finalized() {
  return coded(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
}
