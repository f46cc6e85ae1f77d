/** Notes each login in MongoDB, over TLS with SCRAM. Secret: MONGODB_URL */
const { MongoClient } = require('mongodb');

exports.onExecutePostLogin = async (event, api) => {
  const client = new MongoClient(event.secrets.MONGODB_URL, { serverSelectionTimeoutMS: 5000 });
  try {
    const people = client.db('logins').collection('people');
    const updated = await people.updateOne(
      { _id: event.user.user_id },
      { $set: { email: event.user.email, seen: new Date(event.session.created_at) }, $inc: { logins: 1 } },
      { upsert: true },
    );
    const person = await people.findOne({ _id: event.user.user_id });
    api.idToken.setCustomClaim('https://example.com/changed', updated.modifiedCount + updated.upsertedCount);
    api.idToken.setCustomClaim('https://example.com/seen', person.seen.toISOString());
  } finally {
    await client.close();
  }
};
