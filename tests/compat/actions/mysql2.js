/** Notes each login in MySQL, over TLS. Secret: MYSQL_URL */
const mysql = require('mysql2/promise');

exports.onExecutePostLogin = async (event, api) => {
  const connection = await mysql.createConnection({ uri: event.secrets.MYSQL_URL, ssl: {} });
  try {
    await connection.query(
      'INSERT INTO logins (user_id, email) VALUES (?, ?) ON DUPLICATE KEY UPDATE logins = logins + 1',
      [event.user.user_id, event.user.email],
    );
    const [rows] = await connection.query('SELECT plan, seats FROM plans WHERE email = ?', [event.user.email]);
    api.idToken.setCustomClaim('https://example.com/plan', rows[0].plan);
    api.idToken.setCustomClaim('https://example.com/seats', rows[0].seats);
  } finally {
    await connection.end();
  }
};
