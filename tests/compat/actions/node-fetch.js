/** Reports a login as a form, and reads the answer as a stream. */
const fetch = require('node-fetch').default;

exports.onExecutePostLogin = async (event, api) => {
  const response = await fetch('https://api.example.com/v1/logins', {
    method: 'POST',
    body: new URLSearchParams({ user: event.user.user_id, ip: event.request.ip }),
    headers: { 'X-Tenant': event.tenant.id },
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  let text = '';
  for await (const part of response.body) text += part.toString();
  api.idToken.setCustomClaim('https://example.com/login', JSON.parse(text).id);
  api.idToken.setCustomClaim('https://example.com/type', response.headers.get('content-type'));
};
