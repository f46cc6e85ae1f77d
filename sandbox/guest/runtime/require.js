// `require` of an action: Node's modules, as far as there are any here. Packages come with an action's bundle.
import { library } from './library.js';
import {
  Error,
  ObjectDefineProperty,
  ObjectKeys,
  ArrayPrototypeJoin,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
} from './primordials.js';

/** Node's modules and the library module that each is. @type {Record<string, string>} */
const MODULES = {
  // @ts-expect-error -- a name that everything has is no module
  __proto__: null,
  async_hooks: 'async_hooks',
  buffer: 'buffer',
  'cloudflare:sockets': 'sockets',
  dns: 'dns',
  'dns/promises': 'dns-promises',
  events: 'events',
  http: 'http',
  https: 'https',
  net: 'net',
  process: 'process',
  stream: 'stream',
  'stream/promises': 'stream-promises',
  string_decoder: 'string_decoder',
  tls: 'tls',
  url: 'url',
  util: 'util',
};

const KNOWN = ArrayPrototypeJoin(ObjectKeys(MODULES), ', ');

/** @param {string} name with or without `node:` @returns {string | undefined} the library module */
export function moduleOf(name) {
  return MODULES[StringPrototypeStartsWith(name, 'node:') ? StringPrototypeSlice(name, 5) : name];
}

/** @param {unknown} name @returns {boolean} */
export function isBuiltin(name) {
  return typeof name === 'string' && moduleOf(name) !== undefined;
}

/**
 * @param {unknown} name
 * @returns {unknown}
 */
export function require(name) {
  const module = typeof name === 'string' ? moduleOf(name) : undefined;
  if (module) return library(module);
  const error = new Error(
    `Cannot find module '${name}'. Built in are ${KNOWN} (also as node:...); bundle any other package into the action`,
  );
  ObjectDefineProperty(error, 'code', {
    __proto__: null,
    value: 'MODULE_NOT_FOUND',
    configurable: true,
    enumerable: true,
    writable: true,
  });
  throw error;
}
