// https://nodejs.org/api/tls.html#tlscheckserveridentityhostname-cert, by RFC 6125. The host has checked the peer's name by
// then; this is for those who call it themselves.
const { nodeError } = runtime.module('network');
const { isIP } = runtime.module('net');

/**
 * @param {string} hostname
 * @param {any} cert of getPeerCertificate
 * @returns {Error | undefined} why the certificate is not the host's
 */
export function checkServerIdentity(hostname, cert) {
  const host = `${hostname}`.replace(/\.$/, '').toLowerCase();
  const names = (cert.subjectaltname ?? '').split(', ').filter(Boolean);
  const addresses = values(names, 'IP Address:');
  const domains = values(names, 'DNS:');
  if (isIP(host)) {
    if (addresses.includes(host)) return undefined;
    return mismatch(host, cert, `IP: ${host} is not in the cert's list: ${addresses.join(', ')}`);
  }
  if (domains.length > 0) {
    if (domains.some((domain) => matches(host, domain))) return undefined;
    return mismatch(host, cert, `Host: ${host}. is not in the cert's altnames: ${cert.subjectaltname}`);
  }
  const common = [cert.subject?.CN ?? []].flat();
  if (common.length === 0) return mismatch(host, cert, 'Cert does not contain a DNS name');
  if (common.some((name) => matches(host, name))) return undefined;
  return mismatch(host, cert, `Host: ${host}. is not cert's CN: ${common}`);
}

/** @param {string[]} names @param {string} kind */
function values(names, kind) {
  return names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length).toLowerCase());
}

/** A star is the whole left-most label of a name of three or more. @param {string} host @param {string} pattern */
function matches(host, pattern) {
  const wanted = pattern.replace(/\.$/, '').toLowerCase();
  if (!wanted.startsWith('*.')) return host === wanted;
  const [, ...rest] = host.split('.');
  return rest.length >= 2 && rest.join('.') === wanted.slice(2);
}

/** @param {string} host @param {any} cert @param {string} reason */
function mismatch(host, cert, reason) {
  const message = `Hostname/IP does not match certificate's altnames: ${reason}`;
  return nodeError(Error, 'ERR_TLS_CERT_ALTNAME_INVALID', message, { reason, host, cert });
}
