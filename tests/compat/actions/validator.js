/** Lets only what is an address, a name and a number register. */
const validator = require('validator');

exports.onExecutePreUserRegistration = async (event, api) => {
  const { email } = event.user;
  if (!validator.isEmail(email, { allow_utf8_local_part: false }))
    return api.access.deny('bad_email', 'This is no address.');
  if (validator.isIP(event.request.ip) && !validator.isFQDN('localhost')) {
    api.user.setUserMetadata('email', validator.normalizeEmail('Ada.Byrne+news@googlemail.com'));
    api.user.setUserMetadata('strong', validator.isStrongPassword('aB3$aB3$'));
    api.user.setUserMetadata('bio', validator.escape('<b>Ada</b>'));
    api.user.setUserMetadata('phone', validator.isMobilePhone('+447911123456', 'en-GB'));
  }
};
