/**
 * Block by IP range and by risk.
 *
 * Nobody logs in from these networks, and nobody whose login looks wrong in other ways: `confidence` says how sure the
 * identity provider is that it is the user, so `low` is refused and `medium` is asked for a second factor.
 *
 * Trigger: post-login
 */
const BLOCKED = ['198.51.100.0/24', '192.0.2.128/25', '2001:db8:bad::/48'];

/** @type {import('interlock-actions').OnExecutePostLogin} */
exports.onExecutePostLogin = async (event, api) => {
  const address = parse(event.request.ip);
  if (!address) {
    console.error('not an IP address:', event.request.ip);
    return api.access.deny('We could not see where you come from.');
  }
  const range = BLOCKED.find((each) => contains(each, address));
  if (range) {
    console.warn('%s is in %s', event.request.ip, range);
    return api.access.deny('Logging in is not possible from your network.');
  }

  const risk = event.authentication?.riskAssessment;
  if (risk?.confidence === 'low') {
    console.warn('risk:', risk.assessments);
    return api.access.deny('This login looks unusual. Please try again from a device you have used before.');
  }
  if (risk?.confidence === 'medium') api.multifactor.enable('any', { allowRememberBrowser: false });
};

/** @param {string} range such as 192.0.2.0/24 @param {{ bits: number, value: bigint }} address */
function contains(range, address) {
  const [base, length] = range.split('/');
  const network = parse(base);
  if (!network) throw new TypeError(`${range} is no range of addresses`);
  const rest = BigInt(network.bits - Number(length));
  return network.bits === address.bits && network.value >> rest === address.value >> rest;
}

/** An address as a number of 32 or 128 bits; undefined when it is none. */
function parse(text) {
  if (!text.includes(':')) return number(text.split('.'), 4, 8, 10);

  // ::ffff:192.0.2.1 is how a server that listens on IPv6 writes 192.0.2.1.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text);
  if (mapped) return parse(mapped[1]);

  const [head, tail, more] = text.split('::').map((side) => (side ? side.split(':') : []));
  if (more) return undefined;
  if (!tail) return number(head, 8, 16, 16);
  const zeros = Math.max(8 - head.length - tail.length, 0);
  return number([...head, ...Array(zeros).fill('0'), ...tail], 8, 16, 16);
}

function number(parts, count, bits, radix) {
  const digits = radix === 10 ? /^\d{1,3}$/ : /^[\da-f]{1,4}$/i;
  if (parts.length !== count || !parts.every((part) => digits.test(part))) return undefined;
  const values = parts.map((part) => parseInt(part, radix));
  if (values.some((value) => value >= 1 << bits)) return undefined;
  return { bits: count * bits, value: values.reduce((all, value) => (all << BigInt(bits)) | BigInt(value), 0n) };
}
