/**
 * Note each login in PostgreSQL.
 *
 * A table of your own has a row for each user: who they are, how often they came and when last. One statement adds the
 * row or renews it, so two logins at the same moment need no lock; and what an event holds goes as a parameter, never
 * into the statement's text.
 *
 * Trigger: post-login
 * Package: pg
 * Secret: DATABASE_URL, such as postgresql://app:password@db.internal:5432/app?sslmode=verify-full
 *
 * tables.sql makes the table. A database on a private address is opened by the operator: docs/EGRESS.md.
 */
const { Client } = require('pg');

const UPSERT = `
  INSERT INTO logins (user_id, email, name, last_ip)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (user_id) DO UPDATE
    SET email = excluded.email, name = excluded.name, last_ip = excluded.last_ip,
        logins = logins.logins + 1, last_login = now()
  RETURNING logins`;

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async ({ user, request, secrets }) => {
  const client = new Client({
    connectionString: secrets.DATABASE_URL,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  try {
    await client.connect();
    const { rows } = await client.query(UPSERT, [user.user_id, user.email, user.name, request.ip]);
    console.log('login %d of %s', rows[0].logins, user.user_id);
  } catch (error) {
    // A row can be missing; a user who is locked out by somebody else's database is worse.
    console.error('the login was not noted:', error.message);
  } finally {
    await client.end();
  }
};
