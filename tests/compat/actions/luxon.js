/** Lets people in during business hours of their own time zone, and says in their language when that is. */
const { DateTime, Interval } = require('luxon');

exports.onExecutePostLogin = async (event, api) => {
  const { timezone = 'America/New_York', locale = 'de' } = event.user.user_metadata;
  const now = DateTime.fromISO(event.session.created_at, { zone: timezone, locale });
  const open = now.set({ hour: 9, minute: 0 });
  const hours = Interval.fromDateTimes(open, open.plus({ hours: 8 }));
  const claim = (name, value) => api.idToken.setCustomClaim(`https://example.com/${name}`, value);
  claim('local_time', now.toISO());
  claim('within_hours', hours.contains(now));
  claim('opens', open.toLocaleString(DateTime.DATETIME_HUGE));
  claim('ago', now.minus({ days: 2 }).toRelative({ base: now }));
  claim('summer', [now.offsetNameLong, now.isInDST]);
};
