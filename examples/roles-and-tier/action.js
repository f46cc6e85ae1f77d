/**
 * Roles and tier as claims.
 *
 * An API needs to know what a caller may do, and an app what to show. Both read it from tokens, so every login puts the
 * user's roles and tier there. Claims of your own need a namespace, a URL that you own (nothing has to answer there):
 * `roles` alone is reserved, and a reserved name is left out of the token.
 *
 * Trigger: post-login
 */
const NAMESPACE = 'https://example.com';

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  // Without role-based access control there is no `authorization`.
  const roles = event.authorization?.roles ?? [];
  const tier = event.user.app_metadata.tier ?? 'free';

  api.accessToken.setCustomClaim(`${NAMESPACE}/roles`, roles);
  api.accessToken.setCustomClaim(`${NAMESPACE}/tier`, tier);
  api.idToken.setCustomClaim(`${NAMESPACE}/tier`, tier);

  if (roles.length === 0) console.warn('%s has no role in %s', event.user.user_id, event.client.name);
};
