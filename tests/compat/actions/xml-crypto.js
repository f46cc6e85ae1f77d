/** Signs an assertion for an old application and checks it again. Secrets: RSA_KEY, RSA_CERTIFICATE */
const { SignedXml } = require('xml-crypto');

exports.onExecutePostLogin = async (event, api) => {
  const assertion = `<Assertion ID="a1"><Subject>${event.user.user_id}</Subject></Assertion>`;
  const signer = new SignedXml({
    privateKey: event.secrets.RSA_KEY,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  });
  signer.addReference({
    xpath: "//*[local-name(.)='Assertion']",
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
  });
  signer.computeSignature(assertion);
  const signed = signer.getSignedXml();
  api.idToken.setCustomClaim('https://example.com/good', check(signed, event.secrets.RSA_CERTIFICATE));
  api.idToken.setCustomClaim(
    'https://example.com/forged',
    check(signed.replace('auth0|', 'root|'), event.secrets.RSA_CERTIFICATE),
  );
};

function check(xml, publicCert) {
  const verifier = new SignedXml({ publicCert });
  verifier.loadSignature(/<Signature[\s\S]*<\/Signature>/.exec(xml)[0]);
  try {
    return verifier.checkSignature(xml);
  } catch {
    return false;
  }
}
