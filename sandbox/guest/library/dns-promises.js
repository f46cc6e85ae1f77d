// What `require('dns/promises')` gives: https://nodejs.org/api/dns.html#dns-promises-api
import { CODES } from './dns/codes.js';
import * as queries from './dns/queries.js';

/** @param {string} hostname @param {any} [options] */
export const lookup = async (hostname, options) => queries.lookup(hostname, options);

export const { getDefaultResultOrder, lookupService, resolve, reverse, setDefaultResultOrder } = queries;

export const getServers = () => [];

export function setServers() {
  throw queries.noServers();
}

export class Resolver {
  /** @param {string} hostname @param {string} [type] */
  resolve(hostname, type) {
    return queries.resolve(hostname, type);
  }

  /** @param {string} address */
  reverse(address) {
    return queries.reverse(address);
  }

  getServers() {
    return [];
  }

  setServers() {
    throw queries.noServers();
  }

  setLocalAddress() {}

  cancel() {}
}

/** @type {Record<string, any>} */
const methods = {};
for (const [method, type] of Object.entries(queries.METHODS)) {
  methods[method] = (/** @type {string} */ hostname, /** @type {any} */ options) =>
    queries.resolve(hostname, type, options);
  Object.defineProperty(Resolver.prototype, method, { value: methods[method], configurable: true, writable: true });
}
export const {
  resolve4,
  resolve6,
  resolveAny,
  resolveCaa,
  resolveCname,
  resolveMx,
  resolveNaptr,
  resolveNs,
  resolvePtr,
  resolveSoa,
  resolveSrv,
  resolveTlsa,
  resolveTxt,
} = methods;
export const { NODATA, NOTFOUND, SERVFAIL, TIMEOUT, CANCELLED, REFUSED } = CODES;
