let calls = 0;
const cache = {};

exports.onExecutePostLogin = async (event, api) => {
  calls += 1;
  const roles = cache[event.user.user_id] ?? event.authorization?.roles ?? [];
  cache[event.user.user_id] = roles;
  api.idToken.setCustomClaim(`${event.secrets.ROLES_NAMESPACE}/roles`, roles);
  api.idToken.setCustomClaim('calls', calls);
};
