/** Sends the tenant's text messages with Twilio. Secrets: TWILIO_SID, TWILIO_TOKEN */
const twilio = require('twilio');

exports.onExecuteCustomPhoneProvider = async (event, api) => {
  const client = twilio(event.secrets.TWILIO_SID, event.secrets.TWILIO_TOKEN);
  const message = await client.messages.create({
    from: event.notification.from,
    to: event.notification.recipient,
    body: event.notification.as_text,
  });
  console.log('queued', message.sid, message.status, message.dateCreated.toISOString());
};
