/** Gives somebody who has none the default role. Secrets: DOMAIN, CLIENT_ID, CLIENT_SECRET */
const { ManagementClient } = require('auth0');

exports.onExecutePostLogin = async (event, api) => {
  const management = new ManagementClient({
    domain: event.secrets.DOMAIN,
    clientId: event.secrets.CLIENT_ID,
    clientSecret: event.secrets.CLIENT_SECRET,
  });
  const user = await management.users.get(event.user.user_id);
  const roles = await management.users.roles.list(event.user.user_id);
  if (roles.data.length === 0) await management.users.roles.assign(event.user.user_id, { roles: ['rol_member'] });
  await management.users.update(event.user.user_id, { app_metadata: { ...user.app_metadata, greeted: true } });
  api.idToken.setCustomClaim(
    'https://example.com/roles',
    roles.data.map((role) => role.name),
  );
  api.idToken.setCustomClaim('https://example.com/tier', user.app_metadata.tier);
};
