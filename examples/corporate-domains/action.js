/**
 * Corporate domains only.
 *
 * Only people with an address at one of the company's domains may register or log in. Two actions with the same code:
 * registration alone would let in who comes through a social connection, which registers nobody; and an address proves
 * nothing until it is verified, so a login asks for that, too.
 *
 * Trigger: pre-user-registration, and post-login
 * Secret: DOMAINS, separated by commas
 */
/** @type {import('interlock-actions').OnExecutePreUserRegistration} */
exports.onExecutePreUserRegistration = async (event, api) => {
  if (isCorporate(event)) return;
  console.info('refused to register an address at', domainOf(event.user.email));
  api.access.deny('domain_not_allowed', 'Please register with the address your company gave you.');
};

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  if (!isCorporate(event)) return api.access.deny('Please log in with the address your company gave you.');
  if (!event.user.email_verified) return api.access.deny('Please open the link in the mail we sent you, then log in.');
};

function isCorporate(event) {
  const domains = event.secrets.DOMAINS.split(',').map((domain) => domain.trim().toLowerCase());
  // A comma too many must not let in who has no address at all.
  return domains.filter(Boolean).includes(domainOf(event.user.email));
}

/** What stands behind the last @: the part before it may be quoted and hold one, too. */
function domainOf(email = '') {
  return email.includes('@') ? email.slice(email.lastIndexOf('@') + 1).toLowerCase() : '';
}
