// What `require('dns')` gives: https://nodejs.org/api/dns.html. Names are looked up by the host, which asks the servers it
// was configured with.
import { CODES } from './dns/codes.js';
import * as queries from './dns/queries.js';

const promises = runtime.module('dns-promises');

/** @typedef {(error: Error | null, ...values: any[]) => void} Callback */

/** @param {string} hostname @param {any} options @param {Callback} [callback] */
function lookup(hostname, options, callback) {
  const answered = /** @type {Callback} */ (typeof options === 'function' ? options : callback);
  const asked = typeof options === 'function' ? {} : options;
  const all = asked?.all === true;
  settle(queries.lookup(hostname, asked), answered, (found) => (all ? [found] : [found.address, found.family]));
  return {};
}

/** @param {string} address @param {number} port @param {Callback} callback */
function lookupService(address, port, callback) {
  settle(queries.lookupService(), callback, (value) => [value]);
}

class Resolver {
  getServers() {
    return [];
  }

  setServers() {
    throw queries.noServers();
  }

  setLocalAddress() {}

  cancel() {}

  /** @param {string} hostname @param {any} type @param {Callback} [callback] */
  resolve(hostname, type, callback) {
    const kind = typeof type === 'string' ? type : 'A';
    settle(queries.resolve(hostname, kind), typeof type === 'function' ? type : callback, (found) => [found]);
  }

  /** @param {string} address @param {Callback} callback */
  reverse(address, callback) {
    settle(queries.reverse(address), callback, (found) => [found]);
  }
}

for (const [method, type] of Object.entries(queries.METHODS)) {
  /** @param {string} hostname @param {any} options @param {Callback} [callback] */
  const ask = (hostname, options, callback) => {
    const answered = typeof options === 'function' ? options : callback;
    settle(queries.resolve(hostname, type, typeof options === 'function' ? {} : options), answered, (found) => [found]);
  };
  Object.defineProperty(Resolver.prototype, method, { value: ask, configurable: true, writable: true });
}

const resolver = /** @type {any} */ (new Resolver());

const dns = {
  ...CODES,
  ...queries.HINTS,
  ...Object.fromEntries(Object.keys(queries.METHODS).map((method) => [method, resolver[method]])),
  Resolver,
  getDefaultResultOrder: promises.getDefaultResultOrder,
  getServers: promises.getServers,
  lookup,
  lookupService,
  promises,
  resolve: resolver.resolve,
  reverse: resolver.reverse,
  setDefaultResultOrder: promises.setDefaultResultOrder,
  setServers: promises.setServers,
};

export { dns as 'module.exports' };

/** @param {Promise<any>} promise @param {Callback} callback @param {(value: any) => any[]} values */
function settle(promise, callback, values) {
  if (typeof callback !== 'function') throw queries.noCallback(callback);
  // In a turn of its own: what the callback throws is nobody's rejection.
  promise.then(
    (value) => queueMicrotask(() => callback(null, ...values(value))),
    (error) => queueMicrotask(() => callback(error)),
  );
}
