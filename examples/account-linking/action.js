/**
 * Account linking.
 *
 * Somebody who registered with a password and comes back with Google is one person, and should find one account. The
 * other account is searched for by e-mail address at the identity provider, this one is added to it, and the login goes
 * on as its user. An address counts only where it is verified, on both sides: who could link an account by an address
 * that is somebody else's would have their account.
 *
 * Trigger: post-login
 * Secrets: IDP_URL; CLIENT_ID and CLIENT_SECRET of an application that may read and change users
 */
const TIMEOUT = 2_000;

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  const { user, secrets } = event;
  // Who has several identities was linked before.
  if (!user.email || user.identities.length > 1) return;
  if (!user.email_verified) return console.info('not linked: the address is not verified');
  try {
    const management = managementOf(secrets, api.cache);
    const found = await management('GET', `/api/v2/users-by-email?email=${encodeURIComponent(user.email)}`);
    const others = found.filter((other) => other.user_id !== user.user_id && other.email_verified);
    if (others.length === 0) return;

    // Of several, the one that was there first: it is what the applications know.
    const [primary] = others.sort((one, other) => one.created_at.localeCompare(other.created_at));
    const [identity] = user.identities;
    const body = { provider: identity.provider, user_id: identity.user_id };
    await management('POST', `/api/v2/users/${encodeURIComponent(primary.user_id)}/identities`, body);
    api.authentication.setPrimaryUser(primary.user_id);
  } catch (error) {
    // The user has an account, if one of two: the next login tries again.
    console.warn('not linked:', error.message);
  }
};

/** Asks the identity provider with a token that logins share, and with a new one where it is refused. */
function managementOf(secrets, cache) {
  const ask = (token, method, path, body) =>
    fetch(secrets.IDP_URL + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
  return async (method, path, body) => {
    const kept = cache.get('management-token');
    let answer = kept && (await ask(kept.value, method, path, body));
    if (!answer || answer.status === 401) answer = await ask(await newToken(secrets, cache), method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path.split('?')[0]} was answered with ${answer.status}`);
    return answer.json();
  };
}

async function newToken(secrets, cache) {
  const answer = await fetch(`${secrets.IDP_URL}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: secrets.CLIENT_ID,
      client_secret: secrets.CLIENT_SECRET,
      audience: `${secrets.IDP_URL}/api/v2/`,
    }),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  const { access_token: token, expires_in: seconds } = /** @type {any} */ (await answer.json());
  // A minute less than it lives, so that none ends on its way.
  cache.set('management-token', token, { ttl: (seconds - 60) * 1_000 });
  return token;
}
