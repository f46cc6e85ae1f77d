// https://nodejs.org/api/crypto.html#class-cipheriv and #class-decipheriv. The host keeps no state: a block mode goes on
// with its last block as the next vector, a counter mode with its counter; an authenticated mode gives all it has seen,
// which the host goes over again, so that a large text is better given in large pieces.
import { Buffer } from 'node:buffer';
import { bytesOf, coded, encoded, invalidType, invalidValue, validateString } from './arguments.js';
import { call } from './host.js';
import { secretOf } from './keys.js';
import { lazyStream } from './lazy-stream.js';

const BLOCK = 16;
const LazyTransform = lazyStream('Transform');
const AUTHENTICATED = ['gcm', 'chacha20-poly1305'];
const EMPTY = Buffer.alloc(0);

/** @typedef {{ mode: string, keyBytes: number, ivBytes: number | null }} Kind ivBytes null: any length */
/** @type {Record<string, Kind>} */
const KINDS = Object.create(null);
for (const bits of [128, 192, 256]) {
  KINDS[`aes-${bits}-cbc`] = { mode: 'cbc', keyBytes: bits / 8, ivBytes: 16 };
  KINDS[`aes-${bits}-ctr`] = { mode: 'ctr', keyBytes: bits / 8, ivBytes: 16 };
  KINDS[`aes-${bits}-ecb`] = { mode: 'ecb', keyBytes: bits / 8, ivBytes: 0 };
  KINDS[`aes-${bits}-gcm`] = { mode: 'gcm', keyBytes: bits / 8, ivBytes: null };
}
KINDS['chacha20-poly1305'] = { mode: 'chacha20-poly1305', keyBytes: 32, ivBytes: 12 };
const ALIASES = /** @type {Record<string, string>} */ ({
  aes128: 'aes-128-cbc',
  aes192: 'aes-192-cbc',
  aes256: 'aes-256-cbc',
});

/** @this {any} */
function Ciphering(
  /** @type {any} */ name,
  /** @type {any} */ key,
  /** @type {any} */ iv,
  /** @type {any} */ options,
  /** @type {boolean} */ encrypting,
) {
  validateString(name, 'cipher');
  const lower = name.toLowerCase().replace(/^id-(aes\d+)-gcm$/, '$1-gcm');
  const kind = KINDS[ALIASES[lower] ?? lower];
  const secret = secretOf(key, options?.encoding);
  if (iv !== null && typeof iv !== 'string' && !ArrayBuffer.isView(iv) && !(iv instanceof ArrayBuffer))
    throw invalidType('iv', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView', iv);
  if (!kind) throw coded(new Error('Unknown cipher'), 'ERR_CRYPTO_UNKNOWN_CIPHER');
  const vector = iv === null ? EMPTY : Buffer.from(bytesOf(iv, 'utf8', 'iv'));
  if (secret.length !== kind.keyBytes) throw coded(new RangeError('Invalid key length'), 'ERR_CRYPTO_INVALID_KEYLEN');
  if (kind.ivBytes === null ? vector.length === 0 : vector.length !== kind.ivBytes)
    throw coded(new TypeError('Invalid initialization vector'), 'ERR_CRYPTO_INVALID_IV');
  LazyTransform.call(this, options);
  this._encrypting = encrypting;
  this._kind = kind;
  this._key = Buffer.from(secret);
  this._iv = vector;
  this._rest = EMPTY;
  this._pads = true;
  this._aad = EMPTY;
  this._tagBytes = tagLength(kind, options?.authTagLength);
  this._tag = undefined;
  this._over = false;
  this._seen = 0;
}

const methods = {
  /** @this {any} @param {any} data @param {any} input @param {any} output */
  update(data, input, output) {
    if (this._over) throw coded(new Error('Trying to add data in unsupported state'), 'ERR_CRYPTO_INVALID_STATE');
    const bytes = bytesOf(data, input);
    const done = AUTHENTICATED.includes(this._kind.mode) ? sealed(this, bytes) : chained(this, bytes);
    return text(this, done, output);
  },

  /** @this {any} @param {any} output */
  final(output) {
    if (this._over) throw coded(new Error('Unsupported state'), 'ERR_CRYPTO_INVALID_STATE');
    this._over = true;
    let last;
    if (AUTHENTICATED.includes(this._kind.mode)) last = authenticated(this);
    else if (this._kind.mode === 'ctr') last = EMPTY;
    else if (this._pads || this._rest.length) last = block(this, this._rest, this._pads);
    else last = EMPTY;
    this._rest = EMPTY;
    return text(this, last, output, true);
  },

  /** @this {any} */
  setAutoPadding(pads = true) {
    this._pads = Boolean(pads);
    return this;
  },

  /** @this {any} @param {any} aad @param {any} [options] */
  setAAD(aad, options) {
    if (!AUTHENTICATED.includes(this._kind.mode) || this._over) throw invalidState('setAAD');
    this._aad = Buffer.concat([this._aad, bytesOf(aad, options?.encoding, 'buffer')]);
    return this;
  },

  /** @this {any} @param {any} chunk @param {any} encoding @param {Function} done */
  _transform(chunk, encoding, done) {
    this.push(this.update(chunk, encoding));
    done();
  },

  /** @this {any} @param {Function} done */
  _flush(done) {
    try {
      this.push(this.final());
    } catch (error) {
      return done(error);
    }
    return done();
  },
};

/** @this {any} @param {any} cipher @param {any} key @param {any} iv @param {any} [options] */
export function Cipheriv(cipher, key, iv, options) {
  if (!new.target) return new /** @type {any} */ (Cipheriv)(cipher, key, iv, options);
  Ciphering.call(this, cipher, key, iv, options, true);
}
/** @this {any} @param {any} cipher @param {any} key @param {any} iv @param {any} [options] */
export function Decipheriv(cipher, key, iv, options) {
  if (!new.target) return new /** @type {any} */ (Decipheriv)(cipher, key, iv, options);
  Ciphering.call(this, cipher, key, iv, options, false);
}
for (const constructor of [Cipheriv, Decipheriv]) {
  Object.setPrototypeOf(constructor.prototype, LazyTransform.prototype);
  Object.setPrototypeOf(constructor, LazyTransform);
  Object.assign(constructor.prototype, methods);
}

Cipheriv.prototype.getAuthTag = function () {
  if (!this._over || !this._tag) throw invalidState('getAuthTag');
  return Buffer.from(this._tag);
};

/** @param {any} tag @param {any} [encoding] */
Decipheriv.prototype.setAuthTag = function (tag, encoding) {
  const bytes = bytesOf(tag, encoding, 'buffer');
  if (!AUTHENTICATED.includes(this._kind.mode) || this._over || this._tag) throw invalidState('setAuthTag');
  const fits = this._tagBytes === undefined ? isTagLength(bytes.length) : bytes.length === this._tagBytes;
  if (!fits) throw badTag(bytes.length);
  this._tag = Buffer.from(bytes);
  return this;
};

/** @param {any} cipher @param {any} key @param {any} iv @param {any} [options] */
export function createCipheriv(cipher, key, iv, options) {
  return new /** @type {any} */ (Cipheriv)(cipher, key, iv, options);
}

/** @param {any} cipher @param {any} key @param {any} iv @param {any} [options] */
export function createDecipheriv(cipher, key, iv, options) {
  return new /** @type {any} */ (Decipheriv)(cipher, key, iv, options);
}

export function getCiphers() {
  return Object.keys(KINDS).sort();
}

/** @param {any} cipher @param {any} [options] */
export function getCipherInfo(cipher, options) {
  validateString(cipher, 'nameOrNid');
  const lower = cipher.toLowerCase();
  const name = ALIASES[lower] ?? lower;
  const kind = KINDS[name];
  if (!kind) return undefined;
  const { keyLength, ivLength } = options ?? {};
  if (keyLength !== undefined && keyLength !== kind.keyBytes) return undefined;
  if (ivLength !== undefined && kind.ivBytes !== null && ivLength !== kind.ivBytes) return undefined;
  const isStream = kind.mode === 'chacha20-poly1305';
  const info = {
    mode: isStream ? 'stream' : kind.mode,
    name: kind.mode === 'gcm' ? `id-aes${kind.keyBytes * 8}-GCM` : name,
  };
  return {
    ...info,
    ...(kind.mode === 'cbc' || kind.mode === 'ecb' ? { blockSize: BLOCK } : {}),
    ...(kind.mode === 'ecb' ? {} : { ivLength: ivLength ?? kind.ivBytes ?? 12 }),
    keyLength: kind.keyBytes,
  };
}

/** CBC, ECB, CTR: what can be done with the bytes so far. @param {any} self @param {any} bytes */
function chained(self, bytes) {
  const all = self._rest.length ? Buffer.concat([self._rest, bytes]) : bytes;
  if (self._kind.mode === 'ctr') return counted(self, bytes);
  // The last block is kept back when it may be the one that holds the padding.
  const whole = all.length - (all.length % BLOCK);
  const now = !self._encrypting && self._pads && whole === all.length ? Math.max(0, whole - BLOCK) : whole;
  self._rest = Buffer.from(all.subarray(now));
  return now ? block(self, all.subarray(0, now), false) : EMPTY;
}

/** @param {any} self @param {any} bytes whole blocks, or the end @param {boolean} pad */
function block(self, bytes, pad) {
  const { mode } = self._kind;
  const [done] = call('cipher', { mode, encrypt: self._encrypting, pad }, self._key, self._iv, bytes).data;
  if (mode === 'cbc' && bytes.length >= BLOCK)
    self._iv = Buffer.from((self._encrypting ? done : bytes).subarray(-BLOCK));
  return done;
}

/** CTR: `_seen` bytes of the current counter's block are used up. @param {any} self @param {any} bytes */
function counted(self, bytes) {
  const padded = Buffer.concat([Buffer.alloc(self._seen), bytes]);
  const [done] = call('cipher', { mode: 'ctr', encrypt: true }, self._key, self._iv, padded).data;
  let carry = Math.floor(padded.length / BLOCK);
  for (let i = BLOCK - 1; i >= 0 && carry; i--) {
    carry += self._iv[i];
    self._iv[i] = carry & 255;
    carry = Math.floor(carry / 256);
  }
  const start = self._seen;
  self._seen = padded.length % BLOCK;
  return done.subarray(start);
}

/** GCM, ChaCha20-Poly1305: all of the text again, of which the last piece is new. @param {any} self @param {any} bytes */
function sealed(self, bytes) {
  const skip = self._rest.length;
  self._rest = skip ? Buffer.concat([self._rest, bytes]) : Buffer.from(bytes);
  const views = [self._key, self._iv, self._aad, self._rest];
  return call(self._encrypting ? 'seal' : 'unseal', { name: self._kind.mode, skip }, ...views).data[0];
}

/** @param {any} self */
function authenticated(self) {
  const name = self._kind.mode;
  const skip = self._rest.length;
  const views = [self._key, self._iv, self._aad, self._rest];
  if (self._encrypting) {
    self._tag = call('seal', { name, skip, tag: self._tagBytes }, ...views).data[1];
    return EMPTY;
  }
  if (!self._tag) throw new Error('Unsupported state or unable to authenticate data');
  return call('unseal', { name, skip }, ...views, self._tag).data[0];
}

/** In an encoding, pieces are joined where a character was cut. @param {any} self @param {any} bytes @param {any} encoding */
function text(self, bytes, encoding, last = false) {
  if (encoding === undefined || encoding === null || encoding === 'buffer') return encoded(bytes, undefined);
  if (self._decoder === undefined) {
    const { StringDecoder } = runtime.require('string_decoder');
    self._decoder = new StringDecoder(encoding);
    self._encoding = encoding;
  } else if (self._encoding !== encoding) {
    throw coded(new Error('Cannot change encoding'), 'ERR_INTERNAL_ASSERTION');
  }
  return last ? self._decoder.end(bytes) : self._decoder.write(bytes);
}

/** @param {Kind} kind @param {any} length */
function tagLength(kind, length) {
  if (length === undefined) return kind.mode === 'chacha20-poly1305' ? 16 : undefined;
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0)
    throw invalidValue('options.authTagLength', length);
  if (AUTHENTICATED.includes(kind.mode) && !isTagLength(length)) throw badTag(length);
  return length;
}

/** @param {number} length */
function isTagLength(length) {
  return length === 4 || length === 8 || (length >= 12 && length <= 16);
}

/** @param {number} length */
function badTag(length) {
  return coded(new TypeError(`Invalid authentication tag length: ${length}`), 'ERR_CRYPTO_INVALID_AUTH_TAG');
}

/** @param {string} method */
function invalidState(method) {
  return coded(new Error(`Invalid state for operation ${method}`), 'ERR_CRYPTO_INVALID_STATE');
}
