/** The same with version 4 of the SDK, which most actions use. Secrets: DOMAIN, CLIENT_ID, CLIENT_SECRET */
const { ManagementClient } = require('auth0-v4');

exports.onExecutePostLogin = async (event, api) => {
  const management = new ManagementClient({
    domain: event.secrets.DOMAIN,
    clientId: event.secrets.CLIENT_ID,
    clientSecret: event.secrets.CLIENT_SECRET,
  });
  const id = event.user.user_id;
  const { data: user } = await management.users.get({ id });
  const { data: roles } = await management.users.getRoles({ id });
  if (roles.length === 0) await management.users.assignRoles({ id }, { roles: ['rol_member'] });
  await management.users.update({ id }, { app_metadata: { ...user.app_metadata, greeted: true } });
  api.idToken.setCustomClaim(
    'https://example.com/roles',
    roles.map((role) => role.name),
  );
  api.idToken.setCustomClaim('https://example.com/tier', user.app_metadata.tier);
};
