/** Notes each login in PostgreSQL, over TLS with the system's roots, and says how often somebody came. Secret: DATABASE_URL */
const { Client } = require('pg');

exports.onExecutePostLogin = async (event, api) => {
  const client = new Client({ connectionString: event.secrets.DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query(
      `INSERT INTO logins (user_id, email, seen_at) VALUES ($1, $2, now())
       ON CONFLICT (user_id) DO UPDATE SET logins = logins.logins + 1, email = excluded.email, seen_at = now()
       RETURNING logins, seen_at`,
      [event.user.user_id, event.user.email],
    );
    if (!(rows[0].seen_at instanceof Date)) throw new TypeError('a timestamp is no Date');
    api.idToken.setCustomClaim('https://example.com/logins', rows[0].logins);
  } finally {
    await client.end();
  }
};
