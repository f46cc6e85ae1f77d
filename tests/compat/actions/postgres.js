/** Notes each login in PostgreSQL with tagged templates. Secret: DATABASE_URL */
const postgres = require('postgres');

exports.onExecutePostLogin = async (event, api) => {
  const sql = postgres(event.secrets.DATABASE_URL, { ssl: 'verify-full', max: 1 });
  try {
    const person = {
      user_id: event.user.user_id,
      email: event.user.email,
      seen_at: new Date(event.session.created_at),
    };
    const [{ logins }] = await sql.begin(
      (transaction) => transaction`
        INSERT INTO logins ${transaction(person)}
        ON CONFLICT (user_id) DO UPDATE SET logins = logins.logins + 1, seen_at = excluded.seen_at
        RETURNING logins`,
    );
    const [{ data }] = await sql`SELECT data FROM plans WHERE email = ${event.user.email}`;
    api.idToken.setCustomClaim('https://example.com/logins', logins);
    api.idToken.setCustomClaim('https://example.com/plan', data.plan);
  } finally {
    await sql.end({ timeout: 1 });
  }
};
