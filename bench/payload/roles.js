// The recipe "roles and tier": two namespaced claims. Every subject of the benchmark runs exactly this text.
exports.onExecutePostLogin = async (event, api) => {
  const namespace = 'https://myapp.com';
  api.accessToken.setCustomClaim(`${namespace}/roles`, event.authorization?.roles ?? []);
  api.accessToken.setCustomClaim(`${namespace}/tier`, event.user.app_metadata?.subscription_tier ?? 'free');
};
