/**
 * MFA for a group.
 *
 * Who can change other people's accounts proves it with a second factor at every login, everybody else may do without.
 * When the groups cannot be looked up the lookup rejects, the action fails and the login with it: better than to let an
 * administrator in with a password.
 *
 * Trigger: post-login
 */
const GROUPS = ['Administrators', 'Support'];

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  if (!(await api.groups.hasGroupMembership(GROUPS))) return;

  // A refreshed token comes without a user in front of it, who could be asked.
  if (event.transaction?.protocol === 'oauth2-refresh-token') return;

  const methods = event.authentication?.methods ?? [];
  if (methods.some((method) => method.name === 'mfa')) {
    console.log('second factor given already');
    return;
  }
  api.multifactor.enable('any', { allowRememberBrowser: false });
};
