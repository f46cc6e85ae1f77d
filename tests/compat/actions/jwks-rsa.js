/** Finds an issuer's key by its id. */
const jwksClient = require('jwks-rsa');

exports.onExecutePostLogin = async (event, api) => {
  const client = jwksClient({ jwksUri: 'https://idp.example.com/jwks.json', cache: true, rateLimit: true });
  const key = await client.getSigningKey('partner-rsa');
  const pem = key.getPublicKey();
  api.idToken.setCustomClaim('https://example.com/key', pem.split('\n')[0]);
  await client
    .getSigningKey('nobody')
    .catch((error) => api.idToken.setCustomClaim('https://example.com/missing', error.name));
};
