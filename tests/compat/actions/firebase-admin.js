/** Makes a token for Firebase, and gives the person there a claim. Secret: GOOGLE_CREDENTIALS */
const { initializeApp, cert, deleteApp } = require('firebase-admin/app');
const { getAuth } = require('firebase-admin/auth');

exports.onExecutePostLogin = async (event, api) => {
  const app = initializeApp({ credential: cert(JSON.parse(event.secrets.GOOGLE_CREDENTIALS)) });
  try {
    const uid = event.user.user_id.replace('|', ':');
    const token = await getAuth(app).createCustomToken(uid, { tier: event.user.app_metadata.tier });
    await getAuth(app).setCustomUserClaims(uid, { tier: event.user.app_metadata.tier });
    const user = await getAuth(app).getUser(uid);
    api.idToken.setCustomClaim('https://example.com/firebase', token.split('.').length);
    api.idToken.setCustomClaim('https://example.com/email', user.email);
  } finally {
    await deleteApp(app);
  }
};
