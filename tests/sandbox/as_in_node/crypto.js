// node:crypto where the same input gives the same output: digests, ciphers, derivation, deterministic signatures, errors.
const crypto = require('crypto');
const { Buffer } = require('buffer');
const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const IV = KEY.subarray(0, 16);
const TEXT = 'The quick brown fox — jumps over 13 lazy dogs. '.repeat(5);
const error = (f) => {
  try {
    return ['nothing was thrown', f()];
  } catch (e) {
    return [e.name, e.code, e.message];
  }
};
const seed = (n) => Buffer.from(crypto.createHash('sha512').update(String(n)).digest());
const ed25519 = () =>
  crypto.createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed(1).subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
const ALGORITHMS =
  'md5 sha1 sha224 sha256 sha384 sha512 sha512-224 sha512-256 sha3-224 sha3-256 sha3-384 sha3-512 blake2b512 blake2s256 ripemd160 shake128 shake256';

same('every digest, in pieces', () =>
  ALGORITHMS.split(' ').map((name) => crypto.createHash(name).update('a').update(Buffer.from(TEXT)).digest('hex')),
);
same('every digest has a HMAC', () =>
  ALGORITHMS.split(' ')
    .filter((name) => !name.startsWith('shake'))
    .map((name) => crypto.createHmac(name, KEY).update(TEXT).digest('base64url')),
);
same('names of digests', () =>
  [
    'SHA256',
    'RSA-SHA256',
    'sha256WithRSAEncryption',
    'SHA512-256',
    'RSA-SHA1',
    'rmd160',
    'RSA-SHA512/256',
    'Sha-256',
  ].map((name) => crypto.createHash(name).update('x').digest('hex')),
);
same('an unknown digest', () => error(() => crypto.createHash('nope'))[2]);
same('an unknown digest of a HMAC', () => error(() => crypto.createHmac('nope', 'k')));
same('input encodings', () => [
  crypto.createHash('md5').update('ffee', 'hex').digest('hex'),
  crypto.createHash('md5').update('é', 'latin1').digest('hex'),
  crypto.createHash('md5').update('_-8', 'base64url').digest('latin1').length,
]);
same('a digest as a Buffer', () => [
  Buffer.isBuffer(crypto.createHash('md5').update('').digest()),
  crypto.createHash('md5').digest('buffer').length,
]);
same('a second digest', () => {
  const h = crypto.createHash('md5').update('x');
  h.digest();
  return [error(() => h.digest()), error(() => h.update('y')), error(() => h.copy())];
});
same('a second digest of a HMAC is empty', () => {
  const h = crypto.createHmac('md5', 'k').update('x');
  return [h.digest('hex'), h.digest('hex')];
});
same('copies of a hash', () => {
  const h = crypto.createHash('sha1').update('a');
  const copy = h.copy();
  return [h.update('b').digest('hex'), copy.update('c').digest('hex')];
});
same('what is no data', () =>
  [null, undefined, 5, {}, [1]].map((value) => error(() => crypto.createHash('md5').update(value)).slice(0, 2)),
);
same('views of all kinds', () =>
  [new Uint16Array([1, 515]), new DataView(KEY.buffer, KEY.byteOffset, 5)].map((view) =>
    crypto.createHash('md5').update(view).digest('hex'),
  ),
);
same('a chunk is copied', () => {
  const chunk = Buffer.from('abc');
  const h = crypto.createHash('md5').update(chunk);
  chunk.fill(0);
  return h.digest('hex');
});
same('output of any length', () => crypto.createHash('shake256', { outputLength: 5 }).update('x').digest('hex'));
same('hash in one call', () => [crypto.hash('sha1', 'x'), crypto.hash('sha1', Buffer.from('x'), 'base64')]);
same('a hash is a stream', async () => {
  const { Readable } = require('stream');
  const hash = crypto.createHash('sha256');
  hash.setEncoding('hex');
  return all(Readable.from(['a', Buffer.from('bc')]).pipe(hash));
});
same('a hash that is written to', async () => {
  const hash = crypto.createHash('sha256');
  hash.write('a');
  hash.end('bc');
  await new Promise((resolve) => hash.on('readable', resolve));
  return hash.read().toString('hex');
});
same('a signature of a stream', async () => {
  const { Readable } = require('stream');
  const { once } = require('events');
  const verifier = crypto.createVerify('sha256');
  Readable.from(['a', 'b']).pipe(verifier);
  await once(verifier, 'finish');
  const pair = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return verifier.verify(pair.publicKey, crypto.sign('sha256', Buffer.from('ab'), pair.privateKey));
});
same('a hash that is iterated', async () => {
  const hash = crypto.createHash('md5');
  hash.end('x');
  return Buffer.concat(await all(hash)).toString('hex');
});
same('a pipeline through a cipher', async () => {
  const { pipeline } = require('stream/promises');
  const seen = [];
  const cipher = crypto.createCipheriv('aes-256-ctr', KEY, IV);
  await pipeline([Buffer.from('abc'), Buffer.from('def')], cipher, async (source) => {
    for await (const one of source) seen.push(one);
  });
  return Buffer.concat(seen).toString('hex');
});
same('instances and calls without new', () => [
  crypto.createHash('md5') instanceof crypto.Hash,
  crypto.createHmac('md5', '') instanceof crypto.Hmac,
  crypto.createHash('md5').on('x', () => {}) instanceof require('stream').Transform,
  crypto.createSign('md5').on('x', () => {}) instanceof require('stream').Writable,
  crypto.Hash('md5').update('').digest('hex'),
]);
same('secrets as keys of a HMAC', () => [
  crypto.createHmac('sha256', crypto.createSecretKey(KEY)).update('x').digest('hex'),
  crypto.createHmac('sha256', crypto.createSecretKey('abc', 'utf8')).update('x').digest('hex'),
  crypto.createHmac('sha256', new Uint8Array(3)).update('x').digest('hex'),
  error(() => crypto.createHmac('sha256', undefined)).slice(0, 2),
  error(() => crypto.createHmac('sha256', ed25519())),
]);

const FORMS = ['cbc', 'ctr', 'ecb', 'gcm'];
const cipherOf = (name) =>
  name.endsWith('ecb') ? null : name.endsWith('gcm') || name.startsWith('chacha') ? IV.subarray(0, 12) : IV;
const NAMES = [...[128, 192, 256].flatMap((bits) => FORMS.map((form) => `aes-${bits}-${form}`)), 'chacha20-poly1305'];
const keyOf = (name) => KEY.subarray(0, name.startsWith('chacha') ? 32 : Number(name.slice(4, 7)) / 8);
const options = { authTagLength: 16 };
same('every cipher, in pieces of many sizes', () =>
  NAMES.map((name) => {
    const aead = /gcm|poly/.test(name);
    const cipher = crypto.createCipheriv(name, keyOf(name), cipherOf(name), aead ? options : undefined);
    if (aead) cipher.setAAD(Buffer.from('about'));
    const parts = [];
    for (let i = 0, size = 1; i < TEXT.length; i += size, size = (size * 7) % 37)
      parts.push(cipher.update(TEXT.slice(i, i + size), 'utf8', 'hex').length, cipher.update('', 'utf8', 'hex'));
    parts.push(cipher.final('hex'), aead && cipher.getAuthTag().toString('hex'));
    return parts;
  }),
);
same('every cipher there and back', () =>
  NAMES.map((name) => {
    const aead = /gcm|poly/.test(name);
    const cipher = crypto.createCipheriv(name, keyOf(name), cipherOf(name), aead ? options : undefined);
    const sealed = cipher.update(TEXT, 'utf8', 'base64') + cipher.final('base64');
    const plain = crypto.createDecipheriv(name, keyOf(name), cipherOf(name), aead ? options : undefined);
    if (aead) plain.setAuthTag(cipher.getAuthTag());
    const bytes = Buffer.from(sealed, 'base64');
    const parts = [];
    for (let i = 0; i < bytes.length; i += 23) parts.push(plain.update(bytes.subarray(i, i + 23), null, 'utf8'));
    return [sealed, parts.join('') + plain.final('utf8') === TEXT];
  }),
);
same('a long nonce', () => {
  const cipher = crypto.createCipheriv('aes-256-gcm', KEY, IV);
  return [cipher.update('abc', 'utf8', 'hex'), cipher.final('hex'), cipher.getAuthTag().toString('hex')];
});
same('a short tag', () => {
  const cipher = crypto.createCipheriv('aes-256-gcm', KEY, IV, { authTagLength: 12 });
  return [cipher.update('abc', 'utf8', 'hex'), cipher.final('hex'), cipher.getAuthTag().toString('hex')];
});
same('a tag that is wrong', () => {
  const plain = crypto.createDecipheriv('aes-128-gcm', KEY.subarray(0, 16), IV.subarray(0, 12));
  plain.setAuthTag(Buffer.alloc(16));
  plain.update('abcd', 'hex');
  return error(() => plain.final());
});
same('a tag that is missing', () => {
  const plain = crypto.createDecipheriv('aes-128-gcm', KEY.subarray(0, 16), IV.subarray(0, 12));
  plain.update('abcd', 'hex');
  return error(() => plain.final());
});
same('padding that is wrong', () => {
  const plain = crypto.createDecipheriv('aes-128-cbc', KEY.subarray(0, 16), IV);
  plain.update(Buffer.alloc(32));
  return error(() => plain.final());
});
same('a block that is cut', () => {
  const plain = crypto.createDecipheriv('aes-128-cbc', KEY.subarray(0, 16), IV);
  plain.update(Buffer.alloc(17));
  return error(() => plain.final());
});
same('no padding', () => {
  const cipher = crypto.createCipheriv('aes-128-cbc', KEY.subarray(0, 16), IV).setAutoPadding(false);
  const odd = crypto.createCipheriv('aes-128-cbc', KEY.subarray(0, 16), IV).setAutoPadding(false);
  odd.update('x');
  return [cipher.update(Buffer.alloc(32), null, 'hex'), cipher.final('hex'), error(() => odd.final())];
});
same('wrong arguments of ciphers', () => [
  error(() => crypto.createCipheriv('nope', KEY, IV)),
  error(() => crypto.createCipheriv('aes-256-cbc', KEY.subarray(1), IV)),
  error(() => crypto.createCipheriv('aes-256-cbc', KEY, IV.subarray(1))),
  error(() => crypto.createCipheriv('aes-256-cbc', KEY, null)),
  error(() => crypto.createCipheriv('aes-256-cbc', KEY, undefined)).slice(0, 2),
  error(() => crypto.createCipheriv(5, KEY, IV)),
  error(() => crypto.createDecipheriv('aes-256-gcm', KEY, IV).setAuthTag(Buffer.alloc(5))),
]);
same('a cipher that is over', () => {
  const cipher = crypto.createCipheriv('aes-256-cbc', KEY, IV);
  cipher.final();
  return [error(() => cipher.final()).slice(0, 1), error(() => cipher.update('x')).slice(0, 1)];
});
same('a cipher is a stream', async () => {
  const { Readable } = require('stream');
  const parts = await all(Readable.from(['abc', 'def']).pipe(crypto.createCipheriv('aes-256-cbc', KEY, IV)));
  return Buffer.concat(parts).toString('hex');
});

same('pbkdf2', () => [
  crypto.pbkdf2Sync('password', 'salt', 1, 20, 'sha1').toString('hex'),
  crypto.pbkdf2Sync(Buffer.from('p\0'), new Uint8Array(3), 4096, 70, 'SHA512').toString('hex'),
]);
same(
  'pbkdf2 with a callback',
  () =>
    new Promise((resolve) =>
      crypto.pbkdf2('p', 's', 100000, 16, 'sha256', (e, key) => resolve([e, key.toString('hex')])),
    ),
);
same('pbkdf2 promisified', async () =>
  (await require('util').promisify(crypto.pbkdf2)('p', 's', 10, 16, 'sha256')).toString('hex'),
);
same('wrong arguments of pbkdf2', () => [
  error(() => crypto.pbkdf2Sync('p', 's', 0, 16, 'sha256')),
  error(() => crypto.pbkdf2Sync('p', 's', 1.5, 16, 'sha256')),
  error(() => crypto.pbkdf2Sync('p', 's', 1, -1, 'sha256')),
  error(() => crypto.pbkdf2Sync('p', 's', 1, 16, 'nope')),
  error(() => crypto.pbkdf2Sync('p', 's', 1, 16)),
  error(() => crypto.pbkdf2Sync('p', 's', '1', 16, 'sha1')),
  error(() => crypto.pbkdf2Sync(5, 's', 1, 16, 'sha1')).slice(0, 2),
]);
same('scrypt', () => [
  crypto.scryptSync('password', 'NaCl', 64, { N: 1024, r: 8, p: 16 }).toString('hex'),
  crypto.scryptSync('p', 's', 32).toString('hex'),
  crypto.scryptSync('p', 's', 8, { cost: 16, blockSize: 1, parallelization: 1 }).toString('hex'),
]);
same(
  'scrypt with a callback',
  () => new Promise((resolve) => crypto.scrypt('p', 's', 16, { N: 16 }, (e, key) => resolve([e, key.toString('hex')]))),
);
same('wrong arguments of scrypt', () => [
  error(() => crypto.scryptSync('p', 's', 16, { N: 15 })).slice(0, 2),
  error(() => crypto.scryptSync('p', 's', 16, { N: 2 ** 20 })).slice(0, 2),
  error(() => crypto.scryptSync('p', 's', 16, { N: 16, cost: 16 })),
]);
same('hkdf', () => [
  Buffer.from(crypto.hkdfSync('sha512', 'key', 'salt', 'info', 64)).toString('hex'),
  crypto.hkdfSync('sha256', KEY, '', '', 5) instanceof ArrayBuffer,
  error(() => crypto.hkdfSync('sha1', 'k', 's', 'i', 255 * 20 + 1)).slice(0, 2),
]);
same(
  'hkdf with a callback',
  () =>
    new Promise((resolve) =>
      crypto.hkdf('sha1', 'k', 's', 'i', 9, (e, key) => resolve([e, Buffer.from(key).toString('hex')])),
    ),
);

same('random numbers are within their bounds', () => {
  const numbers = Array.from({ length: 200 }, () => crypto.randomInt(3, 6));
  return [[...new Set(numbers)].sort(), crypto.randomInt(1), crypto.randomBytes(5).length, crypto.randomUUID().length];
});
same('wrong arguments of random', () => [
  error(() => crypto.randomBytes(-1)),
  error(() => crypto.randomBytes('1')),
  error(() => crypto.randomInt(5, 5)),
  error(() => crypto.randomInt('5')),
  error(() => crypto.randomInt(2 ** 50)),
]);
same('random bytes with callbacks', async () => {
  const bytes = await new Promise((resolve) => crypto.randomBytes(4, (e, b) => resolve([e, b.length])));
  const filled = await new Promise((resolve) => crypto.randomFill(Buffer.alloc(8), 4, (e, b) => resolve(b)));
  return [bytes, filled.subarray(0, 4).toString('hex'), filled.length];
});
same('randomFillSync fills a part', () => crypto.randomFillSync(Buffer.alloc(8), 2, 0).toString('hex'));
same('timingSafeEqual', () => [
  crypto.timingSafeEqual(KEY, Buffer.from(KEY)),
  crypto.timingSafeEqual(KEY, Buffer.alloc(32)),
  error(() => crypto.timingSafeEqual(KEY, IV)),
  error(() => crypto.timingSafeEqual('a', 'a')).slice(0, 2),
]);

same('a signature without chance', () => [
  crypto.sign(null, Buffer.from('x'), ed25519()).toString('hex'),
  crypto.verify(
    null,
    Buffer.from('x'),
    crypto.createPublicKey(ed25519()),
    crypto.sign(null, Buffer.from('x'), ed25519()),
  ),
  crypto.verify(
    null,
    Buffer.from('y'),
    crypto.createPublicKey(ed25519()),
    crypto.sign(null, Buffer.from('x'), ed25519()),
  ),
]);
same('a key tells what it is', () => {
  const [own, other] = [ed25519(), crypto.createPublicKey(ed25519())];
  return [
    own.type,
    own.asymmetricKeyType,
    own.asymmetricKeyDetails,
    other.type,
    other.export({ format: 'jwk' }),
    own.export({ format: 'jwk' }),
  ];
});
same('encodings of a key', () => [
  ed25519().export({ type: 'pkcs8', format: 'pem' }),
  crypto.createPublicKey(ed25519()).export({ type: 'spki', format: 'pem' }),
  crypto.createPublicKey(ed25519()).export({ type: 'spki', format: 'der' }).toString('hex'),
]);
same('keys that are equal', () => [ed25519().equals(ed25519()), ed25519().equals(crypto.createPublicKey(ed25519()))]);
same('secret keys', () => {
  const key = crypto.createSecretKey(KEY);
  return [
    key.type,
    key.symmetricKeySize,
    key.export().toString('hex'),
    key.export({ format: 'jwk' }),
    key.equals(crypto.createSecretKey(KEY)),
  ];
});
same('what is no key', () => [
  error(() => crypto.createPrivateKey('garbage')),
  error(() => crypto.createPublicKey('garbage')).slice(0, 1),
  error(() => crypto.createPrivateKey('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).slice(0, 1),
  error(() => crypto.createPrivateKey({ key: { kty: 'oct' }, format: 'jwk' })).slice(0, 2),
  error(() => crypto.createPrivateKey(undefined)).slice(0, 2),
  error(() => crypto.createSecretKey(undefined)).slice(0, 2),
  error(() => crypto.createSign('sha256').update('x').sign()),
  error(() => crypto.createPublicKey(crypto.createSecretKey(KEY))),
  error(() => crypto.createPublicKey(crypto.createPublicKey(ed25519()))),
  error(() => crypto.createPrivateKey(ed25519())).slice(0, 2),
  error(() => crypto.createSign('nope')),
  error(() => crypto.createSign('sha256').update('x').sign(crypto.createSecretKey(KEY))),
  error(() => crypto.createVerify('sha256').update('x').verify('garbage', 'x')).slice(0, 1),
  error(() => crypto.createSign('sha256').update('x').sign(5)).slice(0, 2),
]);
same('ECDH with a given key', () => {
  const ecdh = crypto.createECDH('prime256v1');
  ecdh.setPrivateKey(seed(2).subarray(0, 32));
  const other = crypto.createECDH('prime256v1');
  other.setPrivateKey(seed(3).toString('hex').slice(0, 64), 'hex');
  return [
    ecdh.getPublicKey('hex'),
    ecdh.getPublicKey('hex', 'compressed'),
    ecdh.getPublicKey('base64', 'hybrid'),
    ecdh.getPrivateKey('hex'),
    ecdh.computeSecret(other.getPublicKey('hex', 'compressed'), 'hex', 'base64'),
    crypto.ECDH.convertKey(ecdh.getPublicKey('hex'), 'prime256v1', 'hex', 'hex', 'compressed'),
    error(() => ecdh.computeSecret(Buffer.alloc(65))),
    error(() => crypto.createECDH('nope')).slice(0, 2),
  ];
});
same('constants that packages use', () => [
  crypto.constants.RSA_PKCS1_PSS_PADDING,
  crypto.constants.RSA_PKCS1_OAEP_PADDING,
  crypto.constants.RSA_PSS_SALTLEN_DIGEST,
  crypto.constants.RSA_PKCS1_PADDING,
]);
same('getCipherInfo', () => [
  crypto.getCipherInfo('aes-256-cbc').keyLength,
  crypto.getCipherInfo('AES-128-GCM').ivLength,
  crypto.getCipherInfo('x'),
]);
