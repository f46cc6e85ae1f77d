/**
 * Token exchange.
 *
 * A partner's application has a token of the partner, and changes it for one of ours without sending its user through a
 * login. Everything about the user is what that token says, so its signature is checked against the partner's published
 * keys, and that it is the partner's, meant for us, and fresh. A token that is not is rejected as an invalid one, which
 * identity providers count against who guesses; that the keys cannot be had is no fault of the caller.
 *
 * Trigger: custom-token-exchange, bound to the profile that the partner's application exchanges by (`--entity PROFILE`)
 * Package: jose
 * Secret: PARTNER_URL
 */
const { createRemoteJWKSet, errors, jwksCache, jwtVerify } = require('jose');

const TYPE = 'urn:partner:session';
const PARTNER = 'https://partner.example.com/';
const US = 'https://login.example.com/';
const DOMAIN = 'partner.example.com';
const CONNECTION = 'partner-users';
const SIX_HOURS = 6 * 60 * 60 * 1_000;
/** What jose says of keys that it cannot have or read; whatever else it says is about the token. */
const NO_KEYS = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'];

/** @type {import('interlock-actions').OnExecuteCustomTokenExchange} */
exports.onExecuteCustomTokenExchange = async (event, api) => {
  if (event.transaction.subject_token_type !== TYPE) {
    return api.access.deny('invalid_request', 'this profile exchanges sessions of the partner');
  }
  let claims;
  try {
    claims = await claimsOf(event.transaction.subject_token, event.secrets.PARTNER_URL, api.cache);
  } catch (error) {
    if (!(error instanceof errors.JOSEError) || NO_KEYS.includes(error.code)) {
      console.error('the keys of the partner cannot be had:', error.message);
      return api.access.deny('temporarily_unavailable', 'please try again');
    }
    console.warn('rejected:', error.message);
    return api.access.rejectInvalidSubjectToken('not a valid token of the partner');
  }
  // The user is one of the partner's connection, whatever the token says: a partner cannot speak for our other users. Nor
  // for other people's addresses, by which accounts may be linked.
  const { sub, email, email_verified: verified, name } = claims;
  api.authentication.setUserByConnection(
    CONNECTION,
    { user_id: sub, email, email_verified: verified === true && !!email?.endsWith(`@${DOMAIN}`), name },
    { creationBehavior: 'create_if_not_exists', updateBehavior: 'none' },
  );
};

async function claimsOf(token, partner, cache) {
  // A run has nothing of the ones before it, so keys that jose would keep for itself are kept in the cache.
  const kept = JSON.parse(cache.get('partner-keys')?.value ?? '{}');
  const before = kept.uat;
  const keys = createRemoteJWKSet(new URL(`${partner}/.well-known/jwks.json`), {
    [jwksCache]: kept,
    cacheMaxAge: SIX_HOURS,
    timeoutDuration: 2_000,
  });
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: PARTNER,
      audience: US,
      algorithms: ['ES256'],
      maxTokenAge: '5m',
      requiredClaims: ['sub', 'exp'],
    });
    return payload;
  } finally {
    // Also when the token is none: who guesses must not have us fetch the keys each time.
    if (kept.uat !== before) cache.set('partner-keys', JSON.stringify(kept), { ttl: SIX_HOURS });
  }
}
