// Leaving the login page: a redirect or a form. The flow suspends when the action ends, for one of the two.
import { own } from '../builtins.js';
import { refuseCall } from '../errors.js';
import { run } from '../run.js';

/** Nobody sits before a page in these. */
const WITHOUT_BROWSER = ['oauth2-resource-owner', 'oauth2-refresh-token', 'oauth2-password', 'oauth2-webauthn'];

/** @type {Record<string, import('../types.js').Behaviour>} */
export const leaving = {
  'api.redirect.sendUserTo': () => leave('api.redirect.sendUserTo'),
  'api.prompt.render': () => leave('api.prompt.render'),

  'api.redirect.canRedirect'() {
    const protocol = own(run.transaction, 'protocol');
    for (let i = 0; i < WITHOUT_BROWSER.length; i++) if (WITHOUT_BROWSER[i] === protocol) return false;
    const prompt = own(run.transaction, 'prompt');
    return own(own(run.request, 'query'), 'prompt') !== 'none' && own(prompt, '0') !== 'none';
  },
};

/** @param {string} method */
function leave(method) {
  if (run.suspension && run.suspension !== method) {
    refuseCall(method, `this action already called ${run.suspension}; a flow can suspend for a redirect or for a prompt, not for both`);
  }
  run.suspension = method;
}
