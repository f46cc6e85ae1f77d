// The `api` object of a trigger, made from the catalogue's data when an image is made. Methods ignore `this`, so they can
// be taken out of it. What does not exist is found on the prototype of each object, a proxy that throws: what does exist
// costs no trap.
import {
  ObjectCreate,
  ObjectDefineProperty,
  ObjectFreeze,
  ObjectKeys,
  Proxy,
  StringPrototypeSlice,
} from './builtins.js';
import { methodAt, namespacesOf } from './catalogue.js';
import { prepare, recorded } from './recorder.js';
import { run } from './run.js';

/** Names that libraries and the language ask any object for, to learn what it is. */
const PROBES = Object.assign(Object.create(null), {
  then: true, // await, Promise.resolve
  toJSON: true, // JSON.stringify
  inspect: true,
  nodeType: true,
  asymmetricMatch: true,
  $$typeof: true,
  default: true,
  __esModule: true,
});

/**
 * @param {string} trigger
 * @param {readonly string[]} mentioned the namespaces and last parts of methods that the action's source mentions. What it
 *   does not mention is made when it is asked for all the same.
 * @returns {object}
 */
export function makeApi(trigger, mentioned) {
  const namespaces = namespacesOf(trigger);
  const names = ObjectKeys(namespaces);
  const api = ObjectCreate(strict('api'));
  for (let i = 0; i < names.length; i++) {
    const name = /** @type {string} */ (names[i]);
    const positions = /** @type {readonly number[]} */ (namespaces[name]);
    if (contains(mentioned, name)) define(api, name, makeNamespace(`api.${name}`, positions, mentioned));
    else defineLater(api, name, () => makeNamespace(`api.${name}`, positions, mentioned));
  }
  return ObjectFreeze(api);
}

/** @param {string} path @param {readonly number[]} positions @param {readonly string[]} mentioned */
function makeNamespace(path, positions, mentioned) {
  const namespace = ObjectCreate(strict(path));
  for (let i = 0; i < positions.length; i++) {
    const method = methodAt(/** @type {number} */ (positions[i]));
    const name = StringPrototypeSlice(method.path, path.length + 1);
    const call = recorded(method);
    ObjectDefineProperty(call, 'name', { __proto__: null, value: name });
    define(namespace, name, call);
    if (contains(mentioned, name)) prepare(method);
  }
  return ObjectFreeze(namespace);
}

/** The prototype that answers for what does not exist. @param {string} path */
function strict(path) {
  const handler = {
    __proto__: null,
    /** @param {any} target @param {string | symbol} name */
    get(target, name) {
      if (typeof name === 'symbol' || name in target) return target[name];
      return PROBES[name] ? undefined : runtime.module('refusals').refuseUnknown(`${path}.${name}`, run.trigger);
    },
  };
  return new Proxy(ObjectFreeze({}), handler);
}

/** @param {object} object @param {string} name @param {unknown} value */
function define(object, name, value) {
  ObjectDefineProperty(object, name, { __proto__: null, value, enumerable: true });
}

/** @param {object} object @param {string} name @param {() => unknown} make */
function defineLater(object, name, make) {
  /** @type {unknown} */
  let value;
  ObjectDefineProperty(object, name, { __proto__: null, get: () => (value ??= make()), enumerable: true });
}

/** @param {readonly string[]} names @param {string} name @returns {boolean} */
function contains(names, name) {
  for (let i = 0; i < names.length; i++) if (names[i] === name) return true;
  return false;
}
