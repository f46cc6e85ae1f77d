// The data of all triggers, as interlock.worker.prelude hands it over. It lies in the base image, so an action's own image
// holds no copy; and it lies there as text, a fraction of what the objects would take. A method's text is read when an
// image is made whose action mentions the method, or else at the method's first call.
import { JSONParse, ObjectKeys, ObjectSetPrototypeOf, own } from './builtins.js';
import { run } from './run.js';

/**
 * @typedef {import('./types.js').Catalogue} Catalogue
 * @typedef {import('./types.js').Method} Method
 * @typedef {import('./types.js').Parameter} Parameter
 */

/** @type {Catalogue} */
let catalogue = { triggers: Object.create(null), methods: [], counters: [] };

/** @param {Catalogue} data */
export function setCatalogue(data) {
  Object.setPrototypeOf(data.triggers, null);
  for (const trigger of Object.values(data.triggers)) Object.setPrototypeOf(trigger.namespaces, null);
  for (const method of data.methods) {
    const own = data.counters.filter(({ methods }) => methods.includes(method.path));
    if (own.length) method.counters = own;
  }
  catalogue = data;
}

/** @returns {Catalogue} */
export function getCatalogue() {
  return catalogue;
}

/** The first handler is the one that every action must have. @param {string} trigger @returns {readonly string[]} */
export function handlersOf(trigger) {
  return /** @type {Catalogue['triggers'][string]} */ (catalogue.triggers[trigger]).handlers;
}

/** Namespaces with the positions of their methods. @param {string} trigger @returns {Record<string, readonly number[]>} */
export function namespacesOf(trigger) {
  return /** @type {Catalogue['triggers'][string]} */ (catalogue.triggers[trigger]).namespaces;
}

/** Triggers that have a method in the same form share it. @param {number} position @returns {Method} */
export function methodAt(position) {
  return /** @type {Method} */ (catalogue.methods[position]);
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
    if (parameter.rule) parameter.rule = ruleOf(parameter.rule);
    parameter.unless = unlessOf(parameter);
    parameter.isFree =
      parameter.type === 'unknown' || (parameter.type === 'string' && !parameter.rule && !parameter.choices);
  }
  return parameters;
}

/**
 * For a text that may be anything but empty and a few words, these words: the key of a claim is one, and a run's most
 * frequent argument. Going through all rules there are would cost more than all the rest of the call.
 * @param {any} parameter
 * @returns {readonly string[] | undefined}
 */
function unlessOf({ type, rule, choices }) {
  if (type !== 'string' || !rule || choices || rule.min_chars > 1) return undefined;
  const names = ObjectKeys(rule);
  for (let i = 0; i < names.length; i++) {
    if (names[i] !== 'min_chars' && names[i] !== 'forbidden' && names[i] !== 'instead') return undefined;
  }
  return rule.forbidden ?? [];
}

/** @param {any} rule as it came out of JSON.parse @returns {import('./types.js').Rule} */
function ruleOf(rule) {
  ObjectSetPrototypeOf(rule, null);
  // Of the values that are forbidden by trigger only ours matter, as a list that needs no look-up.
  const forbidden = own(rule.forbidden, run.trigger);
  rule.instead = forbidden;
  rule.forbidden = forbidden && ObjectKeys(ObjectSetPrototypeOf(forbidden, null));
  return rule;
}
