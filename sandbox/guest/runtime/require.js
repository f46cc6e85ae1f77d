// `require` of an action: the few of Node's modules that this runtime has. Packages come with an action's bundle.
import { library } from './library.js';
import { Error, ObjectDefineProperty, StringPrototypeSlice, StringPrototypeStartsWith } from './primordials.js';

const MODULES = 'buffer, url, util';

/**
 * @param {unknown} name
 * @returns {unknown}
 */
export function require(name) {
  switch (typeof name === 'string' && StringPrototypeStartsWith(name, 'node:') ? StringPrototypeSlice(name, 5) : name) {
    case 'buffer':
      return library('buffer');
    case 'url':
      return library('url');
    case 'util':
      return library('util');
  }
  const error = new Error(
    `Cannot find module '${name}'. Built in are ${MODULES} (also as node:...); bundle any other package into the action`,
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
