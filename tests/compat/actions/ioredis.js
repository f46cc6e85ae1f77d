/** Counts logins of the last hour in Redis, over TLS with a password. Secret: REDIS_URL */
const Redis = require('ioredis');

exports.onExecutePostLogin = async (event, api) => {
  const redis = new Redis(event.secrets.REDIS_URL, { maxRetriesPerRequest: 1, enableReadyCheck: true });
  try {
    const key = `logins:${event.user.user_id}`;
    const [[, count], [, expires]] = await redis.multi().incr(key).expire(key, 3600).exec();
    await redis.hset('people', event.user.user_id, JSON.stringify({ email: event.user.email, ip: event.request.ip }));
    const known = JSON.parse(await redis.hget('people', event.user.user_id));
    if (expires !== 1 || known.email !== event.user.email) throw new Error('Redis forgot');
    if (count > 100) return api.access.deny('Too many logins. Please try again in an hour.');
    api.accessToken.setCustomClaim('https://example.com/logins_this_hour', count);
  } finally {
    await redis.quit();
  }
};
