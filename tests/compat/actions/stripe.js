/** Makes a customer at Stripe when somebody registers. Secret: STRIPE_KEY */
const Stripe = require('stripe');

exports.onExecutePostLogin = async (event, api) => {
  const stripe = new Stripe(event.secrets.STRIPE_KEY, { maxNetworkRetries: 1, timeout: 5_000 });
  const found = await stripe.customers.list({ email: event.user.email, limit: 1 });
  const customer =
    found.data[0] ??
    (await stripe.customers.create({
      email: event.user.email,
      name: event.user.name,
      metadata: { user_id: event.user.user_id },
    }));
  api.user.setAppMetadata('stripe_customer', customer.id);
  await stripe.customers.retrieve('cus_missing').catch((error) => {
    api.idToken.setCustomClaim('https://example.com/stripe', `${error.type} ${error.code}`);
  });
};
