/** Keeps a record of each login in S3 and in DynamoDB, with version 2 of the SDK. Secrets: AWS_KEY, AWS_SECRET */
require('aws-sdk/lib/maintenance_mode_message').suppress = true;
const AWS = require('aws-sdk/global');
const S3 = require('aws-sdk/clients/s3');
const DynamoDB = require('aws-sdk/clients/dynamodb');

exports.onExecutePostLogin = async (event, api) => {
  const credentials = new AWS.Credentials(event.secrets.AWS_KEY, event.secrets.AWS_SECRET);
  const options = { region: 'eu-central-1', credentials, maxRetries: 1 };
  const put = await new S3(options)
    .putObject({ Bucket: 'logins', Key: `${event.session.id}.json`, Body: JSON.stringify({ ip: event.request.ip }) })
    .promise();
  api.idToken.setCustomClaim('https://example.com/record', put.ETag);
  const table = new DynamoDB.DocumentClient(options);
  const { Item } = await table.get({ TableName: 'people', Key: { id: event.user.user_id } }).promise();
  api.idToken.setCustomClaim('https://example.com/plan', Item.plan);
};
