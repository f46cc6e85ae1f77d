/** Reads who may do what from a configuration in YAML. Secret: RULES */
const yaml = require('js-yaml');

exports.onExecutePostLogin = async (event, api) => {
  const rules = yaml.load(event.secrets.RULES);
  const rule = rules.find((each) => each.domains.includes(event.user.email.split('@')[1]));
  api.idToken.setCustomClaim('https://example.com/may', rule.may);
  api.idToken.setCustomClaim('https://example.com/back', yaml.dump(rule));
  try {
    yaml.load('a: [1');
  } catch (error) {
    console.warn(error.name, error.reason);
  }
};
