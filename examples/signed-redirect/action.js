/**
 * Redirect with a signed token.
 *
 * Sends a user who has not agreed to the current terms to another site, and goes on when that site sends the user back.
 * Nobody in between may change what the two tell each other, above all not the user: both tokens are signed with a
 * secret that only this action and the site know. The site answers with a token of its own for `iss` (the host that
 * sent the user), `sub` (the user) and `state` (this very login), and `validateToken` checks all of them.
 *
 * Trigger: post-login
 * Secret: TERMS_SECRET, shared with the site
 */
const SITE = 'https://terms.example.com/agree';
const CURRENT = '2026-01';

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  if (event.user.app_metadata.agreed_to_terms === CURRENT) return;

  // With prompt=none, or for a refreshed token, there is no browser to send anywhere.
  if (!api.redirect.canRedirect()) return api.access.deny('Please log in again to agree to our new terms.');

  const token = api.redirect.encodeToken({
    secret: event.secrets.TERMS_SECRET,
    payload: { terms: CURRENT, language: event.transaction?.locale ?? 'en' },
    expiresInSeconds: 600,
  });
  api.redirect.sendUserTo(SITE, { query: { session_token: token } });
};

/** Called when the user is back, instead of the handler above. */
/** @type {import('interlock-actions').OnContinuePostLogin} */
exports.onContinuePostLogin = async (event, api) => {
  let answer;
  try {
    answer = api.redirect.validateToken({ secret: event.secrets.TERMS_SECRET });
  } catch (error) {
    console.warn(error.message);
    return api.access.deny('Something went wrong on the way back. Please log in again.');
  }
  if (answer.agreed !== CURRENT) return api.access.deny('You need to agree to our terms to go on.');
  api.user.setAppMetadata('agreed_to_terms', CURRENT);
};
