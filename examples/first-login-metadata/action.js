/**
 * Metadata on first login.
 *
 * Remembers how a user came: when, from where, through which connection and which campaign. `app_metadata` is for what
 * the company knows and the user cannot change; `user_metadata` is the user's own, here a language to begin with.
 *
 * Trigger: post-login
 */
/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  // Not `logins_count === 1`: a first login that failed in a later action would be counted, and never come here again.
  if (event.user.app_metadata.first_login) return;

  api.user.setAppMetadata('first_login', {
    at: event.session?.authenticated_at ?? new Date().toISOString(),
    country: event.request.geoip.countryCode ?? null,
    connection: event.connection.name,
    campaign: event.request.query.utm_campaign ?? null,
  });

  const [language] = (event.request.language ?? 'en').split(/[-,;]/);
  if (!event.user.user_metadata.language) api.user.setUserMetadata('language', language);
  console.log('first login of', event.user.user_id);
};
