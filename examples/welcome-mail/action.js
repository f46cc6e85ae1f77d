/**
 * Welcome by e-mail.
 *
 * Goes out after a registration, while the user is on the way already: the trigger is a background one, so nobody waits
 * for the mail server. An error is not caught here: it fails this execution alone, which then says why no mail went out.
 *
 * Trigger: post-user-registration
 * Package: nodemailer
 * Secret: SMTP_URL, such as smtp://mailer:password@smtp.example.com:587/?requireTLS=true
 *
 * With `requireTLS` nothing is said in clear, the password least of all: a server that offers no STARTTLS gets no mail.
 */
const { createHash } = require('crypto');
const nodemailer = require('nodemailer');

/** @type {import('interlock-actions').OnExecutePostUserRegistration} */
exports.onExecutePostUserRegistration = async ({ user, secrets }) => {
  if (!user.email) return console.log('%s registered without an address', user.user_id);

  const transport = nodemailer.createTransport(secrets.SMTP_URL);
  try {
    const sent = await transport.sendMail({
      from: { name: 'Example', address: 'welcome@example.com' },
      to: { name: user.name, address: user.email },
      subject: 'Welcome to Example',
      // Plain text: a name is what somebody typed, and means nothing in it.
      text: [
        `Hello ${user.given_name ?? user.name},`,
        'your account is ready. Log in at https://app.example.com/ with this address.',
        'If it was not you who registered, please tell us: https://example.com/help',
      ].join('\n\n'),
      // The same user's mail has the same id, so one that was sent twice is one in their inbox.
      messageId: `<welcome.${createHash('sha256').update(user.user_id).digest('base64url')}@example.com>`,
    });
    console.log('%s: %s', user.email, sent.response);
  } finally {
    transport.close();
  }
};
