/**
 * Step-up MFA by group: what became of it.
 *
 * A flow that waited for a challenge goes on here. That the user is back says nothing of the factor, so this looks at how
 * the user was authenticated, and puts it into the token for the API that the scope is for.
 *
 * Trigger: post-login, behind action.ts
 */
import type { OnExecutePostLogin } from 'interlock-actions';

export const onExecutePostLogin: OnExecutePostLogin = async (event, api) => {
  const reason = event.transaction?.metadata.stepped_up_for;
  if (!reason) return;
  const proof = event.authentication?.methods.find((method) => method.name === 'mfa');
  if (!proof) {
    console.warn('no second factor for', reason);
    api.access.deny('This needs a second factor.');
    return;
  }
  api.accessToken.setCustomClaim('https://example.com/mfa_at', proof.timestamp);
};
