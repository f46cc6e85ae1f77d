/** Lets only the company's networks in. Secret: NETWORKS */
const ipaddr = require('ipaddr.js');

exports.onExecutePostLogin = async (event, api) => {
  const address = ipaddr.process(event.request.ip);
  const networks = event.secrets.NETWORKS.split(',').map((network) => ipaddr.parseCIDR(network));
  const inside = networks.some(([base, bits]) => base.kind() === address.kind() && address.match([base, bits]));
  if (!inside) return api.access.deny('Please log in from the office.');
  api.idToken.setCustomClaim('https://example.com/range', address.range());
  api.idToken.setCustomClaim('https://example.com/mapped', ipaddr.process('::ffff:192.0.2.1').toString());
};
