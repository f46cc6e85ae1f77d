/**
 * Step-up MFA by group.
 *
 * A password is enough to look at things. Who asks for a scope that moves money has to be of the group that may, or goes
 * without it, and proves it with a second factor, once a session. An application may ask for that proof by itself, with
 * `acr_values`. What the user did is seen in the action behind this one, confirm.ts: after a challenge a flow goes on
 * there.
 *
 * Trigger: post-login, before confirm.ts
 */
import type { OnExecutePostLogin } from 'interlock-actions';

const SCOPES = ['approve:payments', 'change:accounts'];
const GROUP = 'Treasury';
const MFA = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';

export const onExecutePostLogin: OnExecutePostLogin = async (event, api) => {
  const { requested_scopes: scopes = [], acr_values: acr = [] } = event.transaction ?? {};
  let wanted = scopes.filter((scope) => SCOPES.includes(scope));
  // When the groups cannot be looked up this rejects, and the login fails: better than to trust everybody.
  if (wanted.length > 0 && !(await api.groups.hasGroupMembership([GROUP]))) {
    for (const scope of wanted) api.accessToken.removeScope(scope);
    wanted = [];
  }
  if (wanted.length === 0 && !acr.includes(MFA)) return;

  // It tells confirm.ts, in this leg of the login and in the next one.
  api.transaction.setMetadata('stepped_up_for', wanted.join(' ') || 'acr_values');
  if (event.authentication?.methods.some((method) => method.name === 'mfa')) return;
  if (!api.redirect.canRedirect()) {
    api.access.deny('Please log in again: this needs a second factor.');
    return;
  }
  const enrolled = (event.user.enrolledFactors ?? []).map((factor) => factor.type);
  if (enrolled.includes('webauthn-roaming')) {
    api.authentication.challengeWith({ type: 'webauthn-roaming' }, { additionalFactors: [{ type: 'otp' }] });
  } else if (enrolled.includes('otp')) {
    api.authentication.challengeWith({ type: 'otp' });
  } else {
    api.authentication.enrollWithAny([{ type: 'webauthn-roaming' }, { type: 'otp' }]);
  }
};
