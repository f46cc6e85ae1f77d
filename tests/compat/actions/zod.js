/** Takes what a form brought only as it must be. */
const { z } = require('zod');

const Profile = z.object({
  tier: z.enum(['silver', 'gold']),
  roles: z.array(z.string().min(1)).max(5),
  customer_number: z.coerce.number().int().positive(),
});

exports.onExecutePostLogin = async (event, api) => {
  const profile = Profile.parse(event.user.app_metadata);
  api.idToken.setCustomClaim('https://example.com/customer', profile.customer_number);
  const bad = await Profile.safeParseAsync({ tier: 'lead', roles: 'none', customer_number: -1 });
  api.idToken.setCustomClaim(
    'https://example.com/problems',
    bad.error.issues.map((issue) => issue.path.join('.')),
  );
};
