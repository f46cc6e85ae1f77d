/**
 * Ask a partner with a signed assertion, and believe only a signed answer.
 *
 * A partner knows what users have bought. The request says who asks, about whom and for how long that holds, signed with
 * a key of ours; the answer is a token, signed with a key of theirs. What is in it decides what a user may do, so it has
 * to be theirs, meant for us, about this very user, and fresh: `verify` checks all of that.
 *
 * Trigger: post-login
 * Package: jsonwebtoken
 * Secrets: PARTNER_URL; ASSERTION_KEY, our private key (PEM, P-256); PARTNER_KEY, their public one
 */
const { randomUUID } = require('crypto');
const jwt = require('jsonwebtoken');

const US = 'https://login.example.com/';
const PARTNER = 'https://partner.example.com/';

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  try {
    const { entitlements } = await ask(event.user.user_id, event.secrets);
    api.accessToken.setCustomClaim('https://example.com/entitlements', entitlements);
  } catch (error) {
    // Without the claim the API grants nothing that has to be paid for. That is no reason to keep the user out.
    console.error('no entitlements for %s: %s', event.user.user_id, error.message);
  }
};

async function ask(subject, secrets) {
  const assertion = jwt.sign({}, secrets.ASSERTION_KEY, {
    algorithm: 'ES256',
    issuer: US,
    audience: PARTNER,
    subject,
    jwtid: randomUUID(),
    expiresIn: '1m',
  });
  const answer = await fetch(`${secrets.PARTNER_URL}/entitlements`, {
    headers: { authorization: `Bearer ${assertion}` },
    signal: AbortSignal.timeout(2_000),
  });
  if (!answer.ok) throw new Error(`the partner answered ${answer.status}`);
  // Which algorithm is ours to say: a token that chose it itself could choose none.
  return jwt.verify(await answer.text(), secrets.PARTNER_KEY, {
    algorithms: ['ES256'],
    issuer: PARTNER,
    audience: US,
    subject,
    maxAge: '1m',
  });
}
