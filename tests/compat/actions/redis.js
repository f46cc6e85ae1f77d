/** Looks up a feature flag in Redis and notes who asked, over TLS with a password. Secret: REDIS_URL */
const { createClient } = require('redis');

exports.onExecutePostLogin = async (event, api) => {
  const client = createClient({ url: event.secrets.REDIS_URL, socket: { reconnectStrategy: false } });
  client.on('error', (error) => console.error(error.message));
  await client.connect();
  try {
    await client.set(`flags:${event.client.client_id}`, 'beta', { EX: 600, condition: 'NX' });
    const [flag, count] = await Promise.all([
      client.get(`flags:${event.client.client_id}`),
      client.zIncrBy('askers', 1, event.user.user_id),
    ]);
    api.idToken.setCustomClaim('https://example.com/flag', flag);
    api.idToken.setCustomClaim('https://example.com/asked', count);
  } finally {
    await client.close();
  }
};
