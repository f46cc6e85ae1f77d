// The data of all triggers, as interlock.worker.prelude hands it over. It lies in the base image, so an action's own image
// holds no copy; and it lies there as text, a fraction of what the objects would take. A method's text is read when an
// image is made whose action mentions the method, or else at the method's first call.
import { JSONParse, ObjectKeys, ObjectSetPrototypeOf } from './builtins.js';

/**
 * @typedef {import('./types.js').Method} Method
 * @typedef {import('./types.js').Parameter} Parameter
 */

/** @type {import('./types.js').Catalogue} */
let catalogue = { triggers: Object.create(null), methods: [], counters: [] };

/** @param {import('./types.js').Catalogue} data */
export function setCatalogue(data) {
  catalogue = data;
  for (const method of data.methods) {
    const own = data.counters.filter(({ methods }) => methods.includes(method.path));
    if (own.length) method.counters = own;
  }
}

/** Trigger id to its handlers, the first of which every action must have. @param {string} trigger @returns {readonly string[]} */
export function handlersOf(trigger) {
  return catalogue.triggers[trigger]?.handlers ?? [];
}

/** Triggers that have a method in the same form share it. @param {string} trigger @returns {Method[]} */
export function methodsOf(trigger) {
  const positions = positionsOf(trigger);
  const found = [];
  for (let i = 0; i < positions.length; i++) found[i] = methodAt(/** @type {number} */ (positions[i]));
  return found;
}

/** @param {string} trigger @returns {readonly number[]} */
export function positionsOf(trigger) {
  return catalogue.triggers[trigger]?.methods ?? [];
}

/** @param {number} position @returns {Method} */
export function methodAt(position) {
  return /** @type {Method} */ (catalogue.methods[position]);
}

/** @returns {string[]} the ids of all triggers */
export function triggerIds() {
  return ObjectKeys(catalogue.triggers);
}

/** @param {Method} method @returns {readonly Parameter[]} */
export function parametersOf(method) {
  return (method.params ??= withPaths(JSONParse(method.text), ''));
}

/**
 * Gives parameters and fields their paths, and takes the prototypes away: what is not there must not be found.
 * @param {any[]} parameters
 * @param {string} above
 * @returns {Parameter[]}
 */
function withPaths(parameters, above) {
  for (let i = 0; i < parameters.length; i++) {
    const parameter = ObjectSetPrototypeOf(parameters[i], null);
    parameter.path = above + parameter.name;
    if (parameter.fields) withPaths(parameter.fields, `${parameter.path}.`);
    if (parameter.each) withPaths(parameter.each, `${parameter.path}[].`);
    if (parameter.rule) bare(parameter.rule);
  }
  return parameters;
}

/** @param {any} rule */
function bare(rule) {
  ObjectSetPrototypeOf(rule, null);
  const keys = ObjectKeys(rule);
  for (let i = 0; i < keys.length; i++) {
    const value = rule[/** @type {string} */ (keys[i])];
    if (typeof value === 'object') bare(value);
  }
}
