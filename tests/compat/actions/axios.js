/** Asks the company's CRM for a customer and adds what it says. Secret: CRM_KEY */
const axios = require('axios');

exports.onExecutePostLogin = async (event, api) => {
  const crm = axios.create({
    baseURL: 'https://api.example.com/v1',
    timeout: 5000,
    headers: { Authorization: `Bearer ${event.secrets.CRM_KEY}` },
  });
  const { data } = await crm.get('/customers', { params: { email: event.user.email, fields: ['tier', 'region'] } });
  api.accessToken.setCustomClaim('https://example.com/tier', data.tier);
  const created = await crm.post(`/customers/${data.id}/visits`, { ip: event.request.ip, app: event.client.name });
  api.accessToken.setCustomClaim('https://example.com/visit', created.status);
  try {
    await crm.get('/missing');
  } catch (error) {
    if (!axios.isAxiosError(error)) throw error;
    api.idToken.setCustomClaim(
      'https://example.com/crm_error',
      `${error.response.status} ${error.response.data.error}`,
    );
  }
};
