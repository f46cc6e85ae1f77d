/** Signs, encrypts and reads tokens, and checks one of another issuer against its published keys. Secrets: EC_KEY, ENCRYPTION_KEY */
const jose = require('jose');

exports.onExecutePostLogin = async (event, api) => {
  const key = await jose.importPKCS8(event.secrets.EC_KEY, 'ES256');
  const token = await new jose.SignJWT({ email: event.user.email })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setSubject(event.user.user_id)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);
  const sealing = jose.base64url.decode(event.secrets.ENCRYPTION_KEY);
  const sealed = await new jose.EncryptJWT({ token })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(sealing);
  const { payload } = await jose.jwtDecrypt(sealed, sealing);
  if (payload.token !== token) throw new Error('it did not come back');

  const keys = jose.createRemoteJWKSet(new URL('https://idp.example.com/jwks.json'));
  const partner = await (await fetch('https://idp.example.com/example-token')).text();
  const { payload: theirs } = await jose.jwtVerify(partner, keys, { issuer: 'https://idp.example.com' });
  await jose.jwtVerify(partner, keys, { issuer: 'https://elsewhere.example.com' }).catch((error) => {
    api.idToken.setCustomClaim('https://example.com/refused', error.code);
  });
  api.idToken.setCustomClaim('https://example.com/sealed', sealed);
  api.idToken.setCustomClaim('https://example.com/partner', theirs.sub);
};
