/** Tells the sales channel who registered. Secret: SLACK_URL */
const { IncomingWebhook } = require('@slack/webhook');

exports.onExecutePostUserRegistration = async (event) => {
  const webhook = new IncomingWebhook(event.secrets.SLACK_URL, { username: 'Logins' });
  const sent = await webhook.send({
    text: `${event.user.email} has registered.`,
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `*${event.user.email}* has registered.` } }],
  });
  console.log('Slack said', sent.text);
};
