/** Welcomes who registers by mail. Secret: SENDGRID_KEY */
const mail = require('@sendgrid/mail');

exports.onExecutePostUserRegistration = async (event) => {
  mail.setApiKey(event.secrets.SENDGRID_KEY);
  const [response] = await mail.send({
    to: event.user.email,
    from: { email: 'hello@example.com', name: 'Example' },
    subject: 'Welcome',
    html: '<p>Welcome!</p>',
  });
  console.log('SendGrid said', response.statusCode);
};
