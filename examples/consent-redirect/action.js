/**
 * Redirect to a consent page and back.
 *
 * An application of another company asks for scopes that the user has not granted to it yet: a page elsewhere asks the
 * user, and the login goes on with the answer. Nobody in between may change what the two tell each other, above all not
 * the user: both tokens are signed with a secret that only this action and the page know. The page answers with one for
 * `iss` (the host that sent the user), `sub` (the user) and `state` (this very login, so an answer from another day is
 * worth nothing), and `validateToken` checks all of them.
 *
 * Trigger: post-login
 * Secrets: CONSENT_URL; CONSENT_SECRET, shared with the page
 */
const NEED_NO_CONSENT = ['openid', 'profile', 'email', 'offline_access'];

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  if (event.client.metadata.owner !== 'partner') return;
  const missing = missingScopes(event);
  if (missing.length === 0) return;

  // With prompt=none, or for a refreshed token, there is no browser to send anywhere.
  if (!api.redirect.canRedirect()) return api.access.deny('Please log in again: the application asks for more.');

  const token = api.redirect.encodeToken({
    secret: event.secrets.CONSENT_SECRET,
    payload: { client: event.client.name, scopes: missing },
    expiresInSeconds: 600,
  });
  api.redirect.sendUserTo(event.secrets.CONSENT_URL, { query: { session_token: token } });
};

/** Called when the user is back, instead of the handler above. */
/** @type {import('interlock-actions').OnContinuePostLogin} */
exports.onContinuePostLogin = async (event, api) => {
  let answer;
  try {
    answer = api.redirect.validateToken({ secret: event.secrets.CONSENT_SECRET, tokenParameterName: 'consent_token' });
  } catch (error) {
    console.warn(error.message);
    return api.access.deny('Something went wrong on the way back. Please log in again.');
  }
  if (answer.decision !== 'accept') return api.access.deny(`${event.client.name} was not given access.`);

  const { consents = {} } = event.user.app_metadata;
  const granted = [...(consents[event.client.client_id] ?? []), ...missingScopes(event)];
  api.user.setAppMetadata('consents', { ...consents, [event.client.client_id]: granted });
};

/** @param {import('interlock-actions').PostLoginEvent} event */
function missingScopes({ user, client, transaction }) {
  const granted = user.app_metadata.consents?.[client.client_id] ?? [];
  const asked = transaction?.requested_scopes ?? [];
  return asked.filter((scope) => !NEED_NO_CONSENT.includes(scope) && !granted.includes(scope));
}
