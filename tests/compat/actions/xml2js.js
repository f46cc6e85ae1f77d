/** Asks an old directory, which speaks XML. */
const { parseStringPromise, Builder } = require('xml2js');

exports.onExecutePostLogin = async (event, api) => {
  const asked = new Builder({ headless: true }).buildObject({
    search: { $: { version: '1' }, email: event.user.email },
  });
  const response = await fetch('https://directory.example.com/search', {
    method: 'POST',
    body: asked,
    headers: { 'content-type': 'application/xml' },
  });
  const { person } = await parseStringPromise(await response.text(), { explicitArray: false });
  api.idToken.setCustomClaim('https://example.com/department', person.department._);
  api.idToken.setCustomClaim('https://example.com/groups', person.groups.group);
};
