/** Signs a token for a legacy application, with RSA, ECDSA and HMAC, and checks them again. Secrets: RSA_KEY, EC_KEY, HMAC_KEY */
const crypto = require('crypto');
const jwt = require('jsonwebtoken');

exports.onExecutePostLogin = async (event, api) => {
  const { RSA_KEY, EC_KEY, HMAC_KEY } = event.secrets;
  const claims = { email: event.user.email, roles: event.authorization.roles };
  const options = { subject: event.user.user_id, issuer: 'https://login.example.com/', expiresIn: '5m', keyid: 'k1' };
  for (const [algorithm, key] of [
    ['RS256', RSA_KEY],
    ['PS256', RSA_KEY],
    ['ES256', EC_KEY],
    ['HS256', HMAC_KEY],
  ]) {
    const token = jwt.sign(claims, key, { ...options, algorithm });
    const open = algorithm === 'HS256' ? key : crypto.createPublicKey(key);
    const { payload, header } = jwt.verify(token, open, {
      algorithms: [algorithm],
      issuer: options.issuer,
      complete: true,
    });
    if (payload.sub !== event.user.user_id || header.kid !== 'k1') throw new Error(`${algorithm} lost something`);
    const [head, body, signature] = token.split('.');
    const forged = [head, Buffer.from('{"sub":"root"}').toString('base64url'), signature].join('.');
    try {
      jwt.verify(forged, open, { algorithms: [algorithm] });
    } catch (error) {
      if (!(error instanceof jwt.JsonWebTokenError)) throw error;
      api.idToken.setCustomClaim(`https://example.com/${algorithm}`, `${payload.email}; forged: ${error.message}`);
    }
    if (algorithm === 'RS256') api.idToken.setCustomClaim('https://example.com/legacy_token', token);
    if (body.length < 20) throw new Error('no body');
  }
};
