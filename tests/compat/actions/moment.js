/** Says how long a password has been in use, and when the week ends. */
const moment = require('moment');

exports.onExecutePostLogin = async (event, api) => {
  const set = moment.utc(event.user.last_password_reset);
  const now = moment.utc(event.session.created_at);
  api.idToken.setCustomClaim('https://example.com/password_age', now.diff(set, 'days'));
  api.idToken.setCustomClaim('https://example.com/said', moment.duration(now.diff(set)).humanize());
  api.idToken.setCustomClaim(
    'https://example.com/week_ends',
    now.clone().endOf('isoWeek').format('dddd, D MMMM YYYY HH:mm'),
  );
};
