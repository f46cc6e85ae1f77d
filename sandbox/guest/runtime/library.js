// Library modules: bytecode outside the base image, evaluated at their first use and kept.
import { Map, MapPrototypeGet, MapPrototypeSet } from './primordials.js';

const { module } = host;
/** @type {Map<string, any>} */
const loaded = new Map();

/**
 * @param {string} name
 * @returns {any} what the module exports
 */
export function library(name) {
  let exports = MapPrototypeGet(loaded, name);
  if (!exports) {
    exports = module(name);
    MapPrototypeSet(loaded, name, exports);
  }
  return exports;
}
