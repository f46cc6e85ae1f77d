/** Tells Sentry of what goes wrong. Secret: SENTRY_DSN */
const Sentry = require('@sentry/node');

exports.onExecutePostLogin = async (event, api) => {
  Sentry.init({ dsn: event.secrets.SENTRY_DSN, defaultIntegrations: false, tracesSampleRate: 0 });
  try {
    null.missing();
  } catch (error) {
    Sentry.withScope((scope) => {
      scope.setUser({ id: event.user.user_id });
      scope.setTag('client', event.client.name);
      Sentry.captureException(error);
    });
  }
  api.idToken.setCustomClaim('https://example.com/told', await Sentry.flush(2000));
};
