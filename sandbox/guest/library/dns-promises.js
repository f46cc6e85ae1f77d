// What `require('dns/promises')` gives: https://nodejs.org/api/dns.html#dns-promises-api
import { CODES } from './dns/codes.js';
import * as queries from './dns/queries.js';

class Resolver {
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

const promises = {
  ...CODES,
  ...methods,
  Resolver,
  getDefaultResultOrder: queries.getDefaultResultOrder,
  getServers: () => [],
  /** @param {string} hostname @param {any} [options] */
  lookup: async (hostname, options) => queries.lookup(hostname, options),
  lookupService: queries.lookupService,
  resolve: queries.resolve,
  reverse: queries.reverse,
  setDefaultResultOrder: queries.setDefaultResultOrder,
  setServers() {
    throw queries.noServers();
  },
};

export { promises as 'module.exports' };
