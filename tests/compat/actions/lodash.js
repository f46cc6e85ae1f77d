/** Groups what an identity provider says into claims. */
const _ = require('lodash');

exports.onExecutePostLogin = async (event, api) => {
  const profile = _.merge({}, event.user.app_metadata, { address: { city: _.get(event, 'request.geoip.cityName') } });
  api.idToken.setCustomClaim(
    'https://example.com/profile',
    _.mapKeys(_.pick(profile, ['tier', 'address']), (_v, key) => _.snakeCase(`my ${key}`)),
  );
  api.idToken.setCustomClaim('https://example.com/by_kind', _.countBy(event.user.enrolledFactors, 'type'));
  api.idToken.setCustomClaim(
    'https://example.com/title',
    _.template('<%= name %> of <%- company %>')({ name: _.startCase(event.user.nickname), company: 'A&B' }),
  );
  api.idToken.setCustomClaim(
    'https://example.com/scopes',
    _.chain(event.transaction.requested_scopes).without('openid').sortBy().value(),
  );
};
