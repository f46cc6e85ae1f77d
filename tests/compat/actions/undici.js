/** Reads a customer with undici's request and its fetch. */
const { request, fetch, Agent } = require('undici');

exports.onExecutePostLogin = async (event, api) => {
  const dispatcher = new Agent({ connect: { timeout: 5_000 } });
  const { statusCode, body } = await request('https://api.example.com/v1/customers', {
    query: { email: event.user.email },
    headers: { authorization: 'Bearer undici' },
    dispatcher,
  });
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  const { tier } = await body.json();
  const visits = await fetch('https://api.example.com/v1/customers/c-20391/visits', {
    method: 'POST',
    body: JSON.stringify({ app: event.client.name }),
    headers: { 'content-type': 'application/json' },
    dispatcher,
  });
  api.idToken.setCustomClaim('https://example.com/tier', tier);
  api.idToken.setCustomClaim('https://example.com/visit', visits.status);
  await dispatcher.close();
};
