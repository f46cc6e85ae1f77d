// The methods that do more than be recorded. A behaviour receives the arguments as checked, plain values, runs before the
// call is recorded, and refuses it by throwing. What few actions need lies in library modules, outside the base image.
import { own } from './builtins.js';
import { refuseCall } from './errors.js';
import { run } from './run.js';

/** Nobody sits before a page in these. */
const WITHOUT_BROWSER = ['oauth2-resource-owner', 'oauth2-refresh-token', 'oauth2-password', 'oauth2-webauthn'];

/** @type {Record<string, string>} */
const MODULES = Object.assign(Object.create(null), {
  'api.authentication.setActor': 'actor',
  'api.cache.delete': 'cache',
  'api.cache.get': 'cache',
  'api.cache.set': 'cache',
  'api.groups.getUserGroups': 'lookups',
  'api.groups.hasGroupMembership': 'lookups',
  'api.redirect.encodeToken': 'tokens',
  'api.redirect.validateToken': 'tokens',
  'api.refreshToken.deleteMetadata': 'metadata',
  'api.refreshToken.evictMetadata': 'metadata',
  'api.refreshToken.setMetadata': 'metadata',
  'api.roles.getUserEffectiveRoles': 'lookups',
  'api.roles.getUserEffectiveRolesByIds': 'lookups',
  'api.roles.getUserEffectiveRolesByNames': 'lookups',
  'api.rules.wasExecuted': 'lookups',
  'api.session.deleteMetadata': 'metadata',
  'api.session.evictMetadata': 'metadata',
  'api.session.setMetadata': 'metadata',
  'api.transaction.setMetadata': 'metadata',
});

/** @type {Record<string, import('./types.js').Behaviour>} */
const resident = Object.assign(Object.create(null), {
  'api.redirect.sendUserTo': () => leave('api.redirect.sendUserTo'),
  'api.prompt.render': () => leave('api.prompt.render'),

  'api.redirect.canRedirect'() {
    const protocol = own(run.transaction, 'protocol');
    for (let i = 0; i < WITHOUT_BROWSER.length; i++) if (WITHOUT_BROWSER[i] === protocol) return false;
    const prompt = own(run.transaction, 'prompt');
    return own(own(run.request, 'query'), 'prompt') !== 'none' && own(prompt, '0') !== 'none';
  },

  'api.authentication.recordMethod'() {
    if (run.handler !== 'onContinuePostLogin') {
      refuseCall(
        'api.authentication.recordMethod',
        'is for onContinuePostLogin, when the user has come back from the redirect',
      );
    }
  },

  'api.authentication.setPrimaryUser'() {
    if (run.state.primary_user_set === true) {
      refuseCall(
        'api.authentication.setPrimaryUser',
        'the primary user was already set in this transaction, by an earlier action',
      );
    }
  },
});

/** @param {string} path @returns {import('./types.js').Behaviour | undefined} */
export function behaviourOf(path) {
  const module = MODULES[path];
  return module ? runtime.module(module).behaviours[path] : resident[path];
}

/** A redirect or a form: a flow suspends for one of the two. @param {string} method */
function leave(method) {
  if (run.suspension && run.suspension !== method) {
    refuseCall(
      method,
      `this action already called ${run.suspension}; a flow can suspend for a redirect or for a prompt, not for both`,
    );
  }
  run.suspension = method;
}
