/** Discovers another issuer and gets a token there by client credentials. Secret: PARTNER_SECRET */
const oidc = require('openid-client');

exports.onExecutePostLogin = async (event, api) => {
  const partner = await oidc.discovery(new URL('https://idp.example.com'), 'interlock', event.secrets.PARTNER_SECRET);
  const tokens = await oidc.clientCredentialsGrant(partner, { scope: 'people:read' });
  const answer = await oidc.fetchProtectedResource(
    partner,
    tokens.access_token,
    new URL('https://idp.example.com/people/me'),
    'GET',
  );
  const verifier = oidc.randomPKCECodeVerifier();
  const challenge = await oidc.calculatePKCECodeChallenge(verifier);
  const url = oidc.buildAuthorizationUrl(partner, {
    redirect_uri: 'https://login.example.com/continue',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  api.idToken.setCustomClaim('https://example.com/partner', (await answer.json()).name);
  api.idToken.setCustomClaim('https://example.com/expires', tokens.expiresIn());
  api.idToken.setCustomClaim('https://example.com/authorize', url.origin + url.pathname);
};
