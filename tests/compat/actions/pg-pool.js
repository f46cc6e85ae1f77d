/** A transaction over a pool, with the database's own authority. Secrets: DATABASE_URL, DATABASE_CA */
const { Pool } = require('pg');

exports.onExecutePostLogin = async (event, api) => {
  const pool = new Pool({
    connectionString: event.secrets.DATABASE_URL,
    ssl: { ca: event.secrets.DATABASE_CA },
    max: 2,
  });
  try {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO logins (user_id, email, seen_at) VALUES ($1, $2, now())
         ON CONFLICT (user_id) DO UPDATE SET logins = logins.logins + 1, email = excluded.email, seen_at = now()`,
        [event.user.user_id, event.user.email],
      );
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
    const [count, plan] = await Promise.all([
      pool.query('SELECT count(*)::int AS people FROM logins'),
      pool.query('SELECT data->>$1 AS plan, data FROM plans WHERE email = $2', ['plan', event.user.email]),
    ]);
    api.accessToken.setCustomClaim('https://example.com/people', count.rows[0].people);
    api.accessToken.setCustomClaim('https://example.com/plan', plan.rows[0].plan);
    api.accessToken.setCustomClaim('https://example.com/seats', plan.rows[0].data.seats);
    await pool.query('SELECT * FROM nowhere').catch((error) => console.warn(error.code, error.message));
  } finally {
    await pool.end();
  }
};
