// The `api` object of each trigger, made at bake time from the catalogue's data. Methods ignore `this`, so they can be
// taken out of it. What does not exist is found on the prototype of each object, a proxy that throws: what does exist
// costs no trap.
import { ObjectDefineProperty, ObjectFreeze, ObjectKeys, StringPrototypeEndsWith } from './builtins.js';
import { methodAt, methodsOf, parametersOf, positionsOf, triggerIds } from './catalogue.js';
import { nearest, refuseUnknown } from './errors.js';
import { recorded } from './recorder.js';
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

/** @type {Record<string, object>} */
const apis = Object.create(null);
/** What several triggers have alike is made once. @type {Map<string, any>} */
const made = new Map();

/** Makes them all, when the catalogue is there. */
export function makeApis() {
  for (const trigger of triggerIds()) apis[trigger] = makeApi(positionsOf(trigger));
  made.clear();
}

/** @param {string} trigger @returns {object} */
export function apiOf(trigger) {
  const api = apis[trigger];
  if (!api) throw new TypeError(`no trigger is called ${trigger}; the nearest is ${nearest(trigger, triggerIds())}`);
  return api;
}

/** @param {string} trigger @param {readonly string[]} mentioned last parts of methods */
export function prepareMethods(trigger, mentioned) {
  const methods = methodsOf(trigger);
  for (let i = 0; i < methods.length; i++) {
    const method = /** @type {import('./types.js').Method} */ (methods[i]);
    for (let j = 0; j < mentioned.length; j++) if (StringPrototypeEndsWith(method.path, `.${mentioned[j]}`)) parametersOf(method);
  }
}

/** @param {readonly number[]} positions of its methods, in the catalogue */
function makeApi(positions) {
  const api = Object.create(once('api', () => strict('api')));
  const names = new Set(positions.map((position) => methodAt(position).path.split('.')[1]));
  for (const name of names) {
    const own = positions.filter((position) => methodAt(position).path.split('.')[1] === name);
    api[/** @type {string} */ (name)] = once(`api.${name}:${own}`, () => makeNamespace(`api.${name}`, own));
  }
  return ObjectFreeze(api);
}

/** @param {string} path @param {readonly number[]} positions */
function makeNamespace(path, positions) {
  const namespace = Object.create(once(path, () => strict(path)));
  for (const position of positions) {
    const method = methodAt(position);
    const name = method.path.slice(path.length + 1);
    namespace[name] = once(`${position}`, () => ObjectDefineProperty(recorded(method), 'name', { value: name }));
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
      if (PROBES[name]) return undefined;
      return refuseUnknown(`${path}.${name}`, run.trigger, known(run.trigger), elsewhere(`${path}.${name}`));
    },
  };
  return new Proxy(ObjectFreeze({}), handler);
}

/** @param {string} trigger @returns {string[]} its methods, then its namespaces */
function known(trigger) {
  const methods = methodsOf(trigger);
  const namespaces = ObjectKeys(apiOf(trigger));
  const found = [];
  for (let i = 0; i < methods.length; i++) found[i] = /** @type {import('./types.js').Method} */ (methods[i]).path;
  for (let i = 0; i < namespaces.length; i++) found[methods.length + i] = `api.${namespaces[i]}`;
  return found;
}

/** @param {string} path @returns {string[]} the triggers that have this method */
function elsewhere(path) {
  const triggers = triggerIds();
  const found = [];
  for (let i = 0; i < triggers.length; i++) {
    const trigger = /** @type {string} */ (triggers[i]);
    const theirs = known(trigger);
    for (let j = 0; j < theirs.length; j++) if (theirs[j] === path) found[found.length] = trigger;
  }
  return found;
}

/** @param {string} key @param {() => any} make @returns {any} */
function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}
