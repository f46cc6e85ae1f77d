// Questions to the host and its answers as Node gives them; dns has them with callbacks, dns/promises as promises.
const { ask, failed, nodeError } = runtime.module('network');
const { isIP } = runtime.module('net');
const { URL } = runtime.module('url');

export const HINTS = { ADDRCONFIG: 32, V4MAPPED: 8, ALL: 16 };

/** @type {Record<string, string>} */
export const METHODS = {
  resolve4: 'A',
  resolve6: 'AAAA',
  resolveAny: 'ANY',
  resolveCaa: 'CAA',
  resolveCname: 'CNAME',
  resolveMx: 'MX',
  resolveNaptr: 'NAPTR',
  resolveNs: 'NS',
  resolvePtr: 'PTR',
  resolveSoa: 'SOA',
  resolveSrv: 'SRV',
  resolveTlsa: 'TLSA',
  resolveTxt: 'TXT',
};

const ORDERS = ['verbatim', 'ipv4first', 'ipv6first'];
const FAMILIES = new Map(
  /** @type {[unknown, 0 | 4 | 6][]} */ ([
    [undefined, 0],
    [0, 0],
    [4, 4],
    [6, 6],
    ['IPv4', 4],
    ['IPv6', 6],
  ]),
);

let defaultOrder = 'verbatim';

export const getDefaultResultOrder = () => defaultOrder;

/** @param {string} order */
export function setDefaultResultOrder(order) {
  if (!ORDERS.includes(order)) throw invalid('order', order);
  defaultOrder = order;
}

/** @param {unknown} hostname @param {any} [options] a family, or Node's options @returns {Promise<any>} */
export function lookup(hostname, options) {
  const { all = false, family, order, verbatim } = typeof options === 'number' ? { family: options } : (options ?? {});
  const version = FAMILIES.get(family);
  if (version === undefined) throw invalid('family', family);
  if (hostname !== undefined && hostname !== null && hostname !== false && typeof hostname !== 'string') {
    const message = `The "hostname" argument must be of type string. Received ${typeof hostname}`;
    throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  }
  if (!hostname) return Promise.resolve(all ? [] : { address: null, family: version === 6 ? 6 : 4 });
  const literal = isIP(hostname);
  if (literal) return Promise.resolve(only(all, [{ address: hostname, family: literal }]));
  const chosen = order ?? (verbatim === undefined ? defaultOrder : verbatim ? 'verbatim' : 'ipv4first');
  return query('dns.lookup', { host: hostname, family: version }, (failure) =>
    failed(failure, { syscall: 'getaddrinfo', host: hostname }),
  ).then(({ addresses }) => only(all, sorted(addresses, chosen)));
}

/** @param {unknown} hostname @param {string} [type] @param {any} [options] @returns {Promise<any>} */
export async function resolve(hostname, type = 'A', options) {
  if (typeof hostname !== 'string') {
    throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "name" argument must be of type string');
  }
  const method = Object.keys(METHODS).find((one) => METHODS[one] === type);
  if (!method) throw invalid('rrtype', type);
  const syscall = `query${method.slice('resolve'.length).replace(/^[46]$/, (one) => (one === '4' ? 'A' : 'Aaaa'))}`;
  if (type === 'ANY' || type === 'TLSA') throw queryError('ENOTIMP', syscall, hostname);
  const { records } = await query('dns.resolve', { host: hostname, type }, (failure) => {
    if (failure.code !== 'dns_failed') return failed(failure, { syscall, host: hostname });
    return queryError(codeOf(failure.message), syscall, hostname);
  });
  if (type === 'SOA') return records[0];
  // Nobody may keep what has no time to live.
  if (options?.ttl) return records.map((/** @type {string} */ address) => ({ address, ttl: 0 }));
  return records;
}

/** @param {string} address @returns {Promise<string[]>} */
export async function reverse(address) {
  const syscall = 'getHostByAddr';
  if (!isIP(address)) throw Object.assign(queryError('EINVAL', syscall, address), { errno: -22 });
  try {
    return await resolve(arpa(address), 'PTR');
  } catch (error) {
    const { code } = /** @type {any} */ (error);
    throw code === 'EACCES' ? error : queryError(code, syscall, address);
  }
}

export async function lookupService() {
  throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'lookupService is not possible here: use dns.reverse');
}

export function noServers() {
  const message = 'DNS servers are configured by the operator and cannot be set by an action';
  return nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
}

/** @param {unknown} callback */
export function noCallback(callback) {
  const message = `The "callback" argument must be of type function. Received ${String(callback)}`;
  return nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/** @param {string} kind @param {object} args @param {(failure: any) => Error} worded @returns {Promise<any>} */
function query(kind, args, worded) {
  return new Promise((resolved, rejected) => {
    ask(kind, args, (/** @type {any} */ failure, /** @type {any} */ value) => {
      if (failure) rejected(worded(failure));
      else resolved(value);
    });
  });
}

/** @param {boolean} all @param {any[]} addresses */
function only(all, addresses) {
  return all ? addresses : addresses[0];
}

/** @param {{ family: number }[]} addresses @param {string} order */
function sorted(addresses, order) {
  if (order === 'verbatim') return addresses;
  const first = order === 'ipv4first' ? 4 : 6;
  return [...addresses.filter(({ family }) => family === first), ...addresses.filter(({ family }) => family !== first)];
}

/** @param {string} message the host's */
function codeOf(message) {
  if (/ has no [A-Z]+ records?$/.test(message)) return 'ENODATA';
  if (message.includes(' in time for ')) return 'ETIMEOUT';
  return message.endsWith('could not be looked up') ? 'ESERVFAIL' : 'ENOTFOUND';
}

/** @param {string} code @param {string} syscall @param {string} hostname */
function queryError(code, syscall, hostname) {
  return nodeError(Error, code, `${syscall} ${code} ${hostname}`, { errno: undefined, syscall, hostname });
}

/** @param {string} address */
function arpa(address) {
  if (isIP(address) === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const [head, tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::');
  const groups = [head, tail ?? ''].map((half) => (half ? half.split(':') : []));
  const zeros = tail === undefined ? [] : Array(8 - groups[0].length - groups[1].length).fill('0');
  const digits = [...groups[0], ...zeros, ...groups[1]].map((group) => group.padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}

/** @param {string} name @param {unknown} value */
function invalid(name, value) {
  const message = `The argument '${name}' is invalid. Received ${typeof value === 'string' ? `'${value}'` : String(value)}`;
  return nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}
