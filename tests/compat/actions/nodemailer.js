/** Sends the tenant's mails over its own SMTP server: STARTTLS, then a password. Secrets: SMTP_PORT, SMTP_USER, SMTP_PASSWORD */
const nodemailer = require('nodemailer');

exports.onExecuteCustomEmailProvider = async (event, api) => {
  const transport = nodemailer.createTransport({
    host: 'smtp.example.com',
    port: Number(event.secrets.SMTP_PORT),
    requireTLS: true,
    auth: { user: event.secrets.SMTP_USER, pass: event.secrets.SMTP_PASSWORD },
  });
  const { from, to, subject, text, html } = event.notification;
  const sent = await transport.sendMail({
    from,
    to,
    subject: `${subject} ✓`,
    text,
    html,
    attachments: [{ filename: 'help.txt', content: 'Grüße' }],
  });
  transport.close();
  console.log('sent to', sent.accepted.join(), sent.response);
  if (sent.rejected.length) api.notification.drop('The address was refused.');
};
