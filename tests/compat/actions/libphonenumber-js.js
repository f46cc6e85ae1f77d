/** Writes a telephone number as it is written everywhere. */
const { parsePhoneNumberFromString, AsYouType } = require('libphonenumber-js');

exports.onExecutePostLogin = async (event, api) => {
  const phone = parsePhoneNumberFromString(event.user.phone_number);
  if (!phone?.isValid()) return api.access.deny('Please correct your telephone number.');
  api.idToken.setCustomClaim('https://example.com/phone', phone.formatInternational());
  api.idToken.setCustomClaim('https://example.com/country', phone.country);
  api.idToken.setCustomClaim('https://example.com/typed', new AsYouType('US').input('2133734'));
};
