// crypto.subtle: the same results and the same errors as in Node, where chance has no part in them.
const { subtle } = globalThis.crypto;
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bytes = (text) => new TextEncoder().encode(text);
const KEY = new Uint8Array(32).map((_, i) => i);
const TEXT = bytes('The quick brown fox jumps over the lazy dog.');
const named = async (promise) => {
  try {
    return ['resolved', await promise()];
  } catch (e) {
    return [e.name, e instanceof DOMException];
  }
};
const shown = (key) => [key.type, key.extractable, key.algorithm, key.usages, Object.prototype.toString.call(key)];
const aes = (name, usages = ['encrypt', 'decrypt'], size = 32) =>
  subtle.importKey('raw', KEY.slice(0, size), name, true, usages);
const EC = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
};
const OKP = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};
const RSA = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  d: 'X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q',
  p: '83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs',
  q: '3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk',
  dp: 'G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0',
  dq: 's9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk',
  qi: 'GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU',
};
const open = ({ d, p, q, dp, dq, qi, ...rest }) => rest;

same('digests', async () => {
  const names = ['SHA-1', 'sha-256', { name: 'SHA-384' }, 'SHA-512'];
  return Promise.all(names.map(async (name) => hex(await subtle.digest(name, TEXT))));
});
same('a digest of a part of a buffer, and of a buffer', async () => [
  hex(await subtle.digest('SHA-1', TEXT.subarray(4, 9))),
  hex(await subtle.digest('SHA-1', TEXT.buffer)),
  hex(await subtle.digest('SHA-1', new DataView(TEXT.buffer, 2, 3))),
]);
same('what is given may change afterwards', async () => {
  const data = bytes('abc');
  const digesting = subtle.digest('SHA-1', data);
  data.fill(0);
  return hex(await digesting);
});
same('wrong digests', async () => [
  await named(() => subtle.digest('MD5', TEXT)),
  (await named(() => subtle.digest('SHA-1', 'text')))[0],
  (await named(() => subtle.digest(undefined, TEXT)))[0],
]);

same('HMAC', async () => {
  const key = await subtle.importKey('raw', KEY, { name: 'hmac', hash: 'SHA-256' }, true, ['verify', 'sign']);
  const signature = await subtle.sign('HMAC', key, TEXT);
  return [
    shown(key),
    hex(signature),
    await subtle.verify('HMAC', key, signature, TEXT),
    await subtle.verify('HMAC', key, signature, KEY),
    await subtle.verify('HMAC', key, KEY.slice(1), TEXT),
    await subtle.exportKey('jwk', key),
    hex(await subtle.exportKey('raw', key)),
  ];
});
same('a key of HMAC is made as long as a block', async () => {
  const make = (hash, length) => subtle.generateKey({ name: 'HMAC', hash, length }, true, ['sign']);
  return [(await make('SHA-256')).algorithm, (await make('SHA-512')).algorithm, (await make('SHA-1', 256)).algorithm];
});
same('AES', async () => {
  const iv = KEY.slice(0, 16);
  const parameters = [
    { name: 'AES-CBC', iv },
    { name: 'AES-CTR', counter: iv, length: 64 },
    { name: 'AES-GCM', iv: iv.slice(0, 12) },
    { name: 'AES-GCM', iv, additionalData: KEY, tagLength: 96 },
  ];
  const seen = [];
  for (const size of [16, 32]) {
    for (const one of parameters) {
      const key = await aes(one.name, ['encrypt', 'decrypt'], size);
      const sealed = await subtle.encrypt(one, key, TEXT);
      seen.push(
        hex(sealed),
        hex(await subtle.decrypt(one, key, sealed)) === hex(TEXT),
        await subtle.exportKey('jwk', key),
      );
    }
  }
  return seen;
});
same('a counter that wraps', async () => {
  const counter = new Uint8Array(16).fill(255);
  const key = await aes('AES-CTR');
  const seen = [];
  for (const length of [2, 5, 8, 64, 128])
    seen.push(hex(await subtle.encrypt({ name: 'AES-CTR', counter, length }, key, TEXT)));
  return seen;
});
same('AES that fails', async () => {
  const [gcm, cbc] = [await aes('AES-GCM'), await aes('AES-CBC')];
  const iv = KEY.slice(0, 16);
  return [
    await named(() => subtle.decrypt({ name: 'AES-GCM', iv }, gcm, KEY)),
    await named(() => subtle.decrypt({ name: 'AES-GCM', iv }, gcm, KEY.slice(0, 3))),
    await named(() => subtle.encrypt({ name: 'AES-GCM', iv, tagLength: 5 }, gcm, KEY)),
    await named(() => subtle.decrypt({ name: 'AES-CBC', iv }, cbc, KEY)),
    await named(() => subtle.encrypt({ name: 'AES-CBC', iv: KEY }, cbc, KEY)),
    await named(() => subtle.encrypt({ name: 'AES-CBC', iv }, gcm, KEY)),
    (await named(() => subtle.encrypt({ name: 'AES-CBC' }, cbc, KEY)))[0],
    (await named(() => subtle.encrypt({ name: 'AES-CBC', iv }, {}, KEY)))[0],
  ];
});
same('keys are wrapped', async () => {
  const inner = await subtle.importKey('raw', KEY, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  const kw = await subtle.importKey('raw', KEY.slice(0, 16), 'AES-KW', false, ['wrapKey', 'unwrapKey']);
  const gcm = await subtle.importKey('raw', KEY, 'AES-GCM', false, ['wrapKey', 'unwrapKey']);
  const how = { name: 'AES-GCM', iv: KEY.slice(0, 12) };
  const wrapped = await subtle.wrapKey('raw', inner, kw, 'AES-KW');
  const asJwk = await subtle.wrapKey('jwk', inner, gcm, how);
  const out = await subtle.unwrapKey('raw', wrapped, kw, 'AES-KW', { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  const again = await subtle.unwrapKey('jwk', asJwk, gcm, how, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  return [hex(wrapped), hex(await subtle.exportKey('raw', out)), hex(await subtle.exportKey('raw', again))];
});

same('RSA signatures without chance', async () => {
  const seen = [];
  for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
    const own = await subtle.importKey('jwk', RSA, algorithm, true, ['sign']);
    const other = await subtle.importKey('jwk', open(RSA), algorithm, true, ['verify']);
    const signature = await subtle.sign(algorithm.name, own, TEXT);
    seen.push(
      hex(signature),
      await subtle.verify(algorithm.name, other, signature, TEXT),
      await subtle.verify(algorithm.name, other, signature, KEY),
    );
  }
  return seen;
});
same('an RSA key in all forms', async () => {
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' };
  const own = await subtle.importKey('jwk', RSA, algorithm, true, ['sign']);
  const other = await subtle.importKey('jwk', open(RSA), algorithm, true, ['verify']);
  const pkcs8 = await subtle.exportKey('pkcs8', own);
  const spki = await subtle.exportKey('spki', other);
  const {
    algorithm: { publicExponent, ...rest },
  } = own;
  return [
    hex(pkcs8),
    hex(spki),
    await subtle.exportKey('jwk', own),
    await subtle.exportKey('jwk', other),
    hex(publicExponent),
    rest,
    shown(await subtle.importKey('spki', spki, algorithm, false, ['verify'])).slice(0, 2),
    hex(await subtle.exportKey('pkcs8', await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']))) ===
      hex(pkcs8),
  ];
});
same('RSA-PSS and RSA-OAEP there and back', async () => {
  const pss = { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 };
  const oaep = { name: 'RSA-OAEP', hash: 'SHA-256', label: KEY };
  const keys = (algorithm, own, other) => [
    subtle.importKey('jwk', RSA, algorithm, false, [own]),
    subtle.importKey('jwk', open(RSA), algorithm, false, [other]),
  ];
  const [signing, verifying] = await Promise.all(keys(pss, 'sign', 'verify'));
  const [opening, sealing] = await Promise.all(keys(oaep, 'decrypt', 'encrypt'));
  const signature = await subtle.sign(pss, signing, TEXT);
  const sealed = await subtle.encrypt(oaep, sealing, KEY);
  return [
    await subtle.verify(pss, verifying, signature, TEXT),
    await subtle.verify({ ...pss, saltLength: 20 }, verifying, signature, TEXT),
    hex(await subtle.decrypt(oaep, opening, sealed)),
    await named(() => subtle.decrypt({ ...oaep, label: TEXT }, opening, sealed)),
  ];
});
same('ECDSA there and back', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const own = await subtle.importKey('jwk', EC, algorithm, true, ['sign']);
  const other = await subtle.importKey('jwk', open(EC), algorithm, true, ['verify']);
  const signature = await subtle.sign(algorithm, own, TEXT);
  return [
    signature.byteLength,
    await subtle.verify(algorithm, other, signature, TEXT),
    await subtle.verify(algorithm, other, signature, KEY),
    await subtle.verify(algorithm, other, KEY, TEXT),
    shown(own),
    shown(other),
    hex(await subtle.exportKey('raw', other)),
    hex(await subtle.exportKey('pkcs8', own)),
    await subtle.exportKey('jwk', own),
  ];
});
same('Ed25519', async () => {
  const own = await subtle.importKey('jwk', OKP, 'Ed25519', true, ['sign']);
  const other = await subtle.importKey('jwk', open(OKP), 'Ed25519', true, ['verify']);
  const signature = await subtle.sign('Ed25519', own, TEXT);
  return [
    hex(signature),
    await subtle.verify('Ed25519', other, signature, TEXT),
    hex(await subtle.exportKey('raw', other)),
    hex(await subtle.exportKey('pkcs8', own)),
    shown(own),
  ];
});
same('ECDH', async () => {
  const algorithm = { name: 'ECDH', namedCurve: 'P-256' };
  const own = await subtle.importKey('jwk', EC, algorithm, false, ['deriveBits', 'deriveKey']);
  const other = await subtle.importKey('jwk', open(EC), algorithm, false, []);
  const agreed = { name: 'ECDH', public: other };
  return [
    hex(await subtle.deriveBits(agreed, own, 256)),
    hex(await subtle.deriveBits(agreed, own, null)),
    hex(await subtle.deriveBits(agreed, own, 128)),
    await named(() => subtle.deriveBits(agreed, own, 512)),
    hex(
      await subtle.exportKey(
        'raw',
        await subtle.deriveKey(agreed, own, { name: 'AES-GCM', length: 256 }, true, ['encrypt']),
      ),
    ),
  ];
});
same('X25519', async () => {
  const [a, b] = [
    await subtle.generateKey('X25519', true, ['deriveBits']),
    await subtle.generateKey('X25519', true, ['deriveBits']),
  ];
  const one = await subtle.deriveBits({ name: 'X25519', public: a.publicKey }, b.privateKey, 256);
  const two = await subtle.deriveBits({ name: 'X25519', public: b.publicKey }, a.privateKey, 256);
  return [hex(one) === hex(two), shown(a.privateKey), shown(a.publicKey)];
});
same('PBKDF2 and HKDF', async () => {
  const password = await subtle.importKey('raw', TEXT, 'PBKDF2', false, ['deriveBits', 'deriveKey']);
  const secret = await subtle.importKey('raw', KEY, 'HKDF', false, ['deriveBits', 'deriveKey']);
  const few = { name: 'PBKDF2', hash: 'SHA-256', salt: KEY, iterations: 10 };
  const hkdf = { name: 'HKDF', hash: 'SHA-512', salt: KEY, info: TEXT };
  return [
    hex(await subtle.deriveBits(few, password, 256)),
    hex(await subtle.deriveBits({ ...few, iterations: 50000 }, password, 128)),
    hex(await subtle.deriveBits(hkdf, secret, 512)),
    await subtle.exportKey(
      'jwk',
      await subtle.deriveKey(few, password, { name: 'HMAC', hash: 'SHA-1' }, true, ['sign']),
    ),
    await named(() => subtle.deriveBits({ ...few, iterations: 0 }, password, 256)),
    await named(() => subtle.deriveBits(few, password, 7)),
    await named(() => subtle.deriveBits(few, secret, 256)),
    await named(() => subtle.importKey('raw', KEY, 'PBKDF2', true, ['deriveBits'])),
    await named(() => subtle.deriveBits({ ...few, hash: 'SHA-3' }, password, 256)),
  ];
});

same('pairs that are made', async () => {
  const seen = [];
  for (const [algorithm, usages] of [
    [{ name: 'ECDSA', namedCurve: 'P-384' }, ['sign', 'verify']],
    [{ name: 'Ed25519' }, ['sign', 'verify']],
    [{ name: 'ECDH', namedCurve: 'P-521' }, ['deriveKey']],
  ]) {
    const { publicKey, privateKey } = await subtle.generateKey(algorithm, false, usages);
    seen.push(shown(publicKey), shown(privateKey));
  }
  const rsa = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const { publicKey, privateKey } = await subtle.generateKey(rsa, true, ['decrypt', 'encrypt', 'wrapKey']);
  seen.push(
    publicKey.usages,
    privateKey.usages,
    publicKey.algorithm.modulusLength,
    hex(publicKey.algorithm.publicExponent),
  );
  return seen;
});
same('a key that is not extractable', async () => {
  const key = await subtle.importKey('raw', KEY, 'AES-GCM', false, ['encrypt']);
  const kw = await aes('AES-KW', ['wrapKey']);
  return [
    await named(() => subtle.exportKey('raw', key)),
    await named(() => subtle.wrapKey('raw', key, kw, 'AES-KW')),
    key.extractable,
  ];
});
same('wrong keys', async () => [
  await named(() => subtle.importKey('raw', KEY.slice(1), 'AES-GCM', true, ['encrypt'])),
  await named(() => subtle.importKey('raw', KEY, 'AES-GCM', true, ['sign'])),
  await named(() => subtle.importKey('raw', KEY, 'AES-GCM', true, [])),
  (await named(() => subtle.importKey('raw', KEY, 'AES-GCM', true, ['nonsense'])))[0],
  await named(() => subtle.importKey('raw', KEY, 'NOPE', true, ['encrypt'])),
  (await named(() => subtle.importKey('nope', KEY, 'AES-GCM', true, ['encrypt'])))[0],
  await named(() =>
    subtle.importKey('jwk', { ...EC, kty: 'RSA' }, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']),
  ),
  await named(() => subtle.importKey('jwk', EC, { name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign'])),
  await named(() =>
    subtle.importKey('jwk', { ...EC, x: EC.y }, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']),
  ),
  await named(() => subtle.importKey('jwk', EC, { name: 'ECDSA', namedCurve: 'nope' }, true, ['sign'])),
  await named(() =>
    subtle.importKey('jwk', { ...EC, ext: false }, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']),
  ),
  await named(() =>
    subtle.importKey('jwk', { ...EC, key_ops: ['verify'] }, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']),
  ),
  await named(() =>
    subtle.importKey('jwk', { ...EC, use: 'enc' }, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']),
  ),
  await named(() =>
    subtle.importKey('jwk', { kty: 'oct', k: '_w', alg: 'HS512' }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']),
  ),
  await named(() => subtle.importKey('pkcs8', KEY, 'Ed25519', true, ['sign'])),
  await named(() =>
    subtle.importKey('spki', new Uint8Array([0x30, 1, 2]), { name: 'RSA-PSS', hash: 'SHA-1' }, true, ['verify']),
  ),
  await named(() => subtle.generateKey('AES-GCM', true, ['sign'])),
  (await named(() => subtle.generateKey({ name: 'AES-GCM', length: 5 }, true, ['encrypt'])))[0],
  await named(() => subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, [])),
]);
same('a key for another use', async () => {
  const key = await subtle.importKey('raw', KEY, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  return [
    await named(() => subtle.verify('HMAC', key, KEY, KEY)),
    await named(() => subtle.sign('Ed25519', key, KEY)),
    await named(() => subtle.encrypt('HMAC', key, KEY)),
  ];
});
same('what the classes are', () => [
  fail(() => new CryptoKey())[0],
  fail(() => new SubtleCrypto())[0],
  Object.prototype.toString.call(subtle),
  require('crypto').webcrypto.subtle === subtle,
  require('crypto').subtle === subtle,
  Object.getOwnPropertyNames(SubtleCrypto.prototype)
    .filter((name) => !/[A-Z].*Key\w|encaps|decaps|getPublicKey|supports/.test(name))
    .sort(),
]);
same('key objects and crypto keys', async () => {
  const { KeyObject, createSecretKey, createPrivateKey } = require('crypto');
  const key = await subtle.importKey('raw', KEY, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  const own = createPrivateKey({ key: EC, format: 'jwk' });
  return [
    KeyObject.from(key).export().toString('hex'),
    shown(createSecretKey(KEY).toCryptoKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])),
    shown(own.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])),
    require('crypto').createHmac('sha1', key).update('x').digest('hex'),
  ];
});
same('a clone of a key is that key', async () => {
  const key = await subtle.importKey('raw', KEY, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const copy = structuredClone({ key }).key;
  return [
    shown(copy),
    copy === key,
    hex(await subtle.sign('HMAC', copy, KEY)),
    await failed(() => subtle.exportKey('raw', copy)).then(([name]) => name),
  ];
});
same('parameters may be inherited', async () => {
  const params = Object.create({ name: 'HMAC', hash: 'SHA-256' });
  return shown(await subtle.importKey('raw', KEY, params, true, ['sign']));
});
same('a JSON Web Key may be inherited', async () =>
  shown(
    await subtle.importKey('jwk', Object.create({ kty: 'oct', k: 'AAAA' }), { name: 'HMAC', hash: 'SHA-1' }, true, [
      'sign',
    ]),
  ),
);
same('a hash that is none is told before the usages', () =>
  failed(() =>
    subtle.generateKey(
      { name: 'RSA-PSS', hash: 'SHA', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['decrypt'],
    ),
  ).then(([name]) => name),
);
same('a secret in place of a public key is told before the usages of what is derived', async () => {
  const own = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveKey']);
  const secret = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const [name] = await failed(() =>
    subtle.deriveKey({ name: 'ECDH', public: secret }, own.privateKey, { name: 'HMAC', hash: 'SHA-256' }, true, [
      'encrypt',
    ]),
  );
  return name;
});
same('an algorithm in a key of Ed25519 is the one it is for', async () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  const named = (alg) =>
    failed(() => subtle.importKey('jwk', { ...jwk, alg }, 'Ed25519', true, ['verify'])).then(([name]) => name);
  return [await named('Ed25519'), await named('EdDSA'), await named('ed25519'), await named('ES256')];
});
same('keys of curve 448', async () => {
  const { publicKey, privateKey } = await subtle.generateKey('Ed448', true, ['sign', 'verify']);
  const signature = await subtle.sign('Ed448', privateKey, KEY);
  const one = await subtle.generateKey('X448', false, ['deriveBits']);
  const other = await subtle.generateKey('X448', false, ['deriveBits']);
  const agreed = (from, to) =>
    subtle.deriveBits({ name: 'X448', public: to.publicKey }, from.privateKey, 448).then(hex);
  const { x, d, ...jwk } = await subtle.exportKey('jwk', privateKey);
  return [
    signature.byteLength,
    await subtle.verify('Ed448', publicKey, signature, KEY),
    await subtle.verify('Ed448', publicKey, signature, new Uint8Array(1)),
    (await agreed(one, other)) === (await agreed(other, one)),
    (await subtle.exportKey('raw', publicKey)).byteLength,
    jwk,
    x.length,
    d.length,
  ];
});
same('a key of small order verifies nothing', async () => {
  const signature = new Uint8Array(64);
  signature[0] = 1;
  const answers = [];
  for (const first of [1, 0]) {
    const raw = new Uint8Array(32);
    raw[0] = first;
    const key = await subtle.importKey('raw', raw, 'Ed25519', true, ['verify']);
    answers.push(await subtle.verify('Ed25519', key, signature, KEY));
    const own = require('crypto').KeyObject.from(key);
    answers.push(require('crypto').verify(null, KEY, own, new Uint8Array(signature)));
  }
  return answers;
});
same('members of keys can be seen', () => [
  Object.keys(CryptoKey.prototype).sort(),
  CryptoKey.length,
  SubtleCrypto.length,
  String(crypto),
  fail(() => new Crypto())[0],
]);
