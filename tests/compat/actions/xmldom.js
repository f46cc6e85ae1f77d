/** Reads and changes a profile in XML. */
const { DOMParser, XMLSerializer } = require('@xmldom/xmldom');

exports.onExecutePostLogin = async (event, api) => {
  const document = new DOMParser().parseFromString(
    '<people xmlns:x="urn:x"><person x:id="1">Ada &amp; co</person><person x:id="2"/></people>',
    'text/xml',
  );
  const people = document.getElementsByTagName('person');
  people[1].appendChild(document.createTextNode(event.user.email));
  api.idToken.setCustomClaim('https://example.com/first', people[0].textContent);
  api.idToken.setCustomClaim('https://example.com/id', people[1].getAttributeNS('urn:x', 'id'));
  api.idToken.setCustomClaim('https://example.com/xml', new XMLSerializer().serializeToString(document));
};
