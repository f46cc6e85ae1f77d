/** Requires all of version 2 of the SDK at once. Secrets: AWS_KEY, AWS_SECRET */
const AWS = require('aws-sdk');

exports.onExecutePostLogin = async (event, api) => {
  const credentials = new AWS.Credentials(event.secrets.AWS_KEY, event.secrets.AWS_SECRET);
  const table = new AWS.DynamoDB.DocumentClient({ region: 'eu-central-1', credentials });
  const { Item } = await table.get({ TableName: 'people', Key: { id: event.user.user_id } }).promise();
  api.idToken.setCustomClaim('https://example.com/plan', Item.plan);
};
