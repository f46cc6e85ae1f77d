// Which exported functions are the trigger's handlers. Async or plain makes no difference.
import { described } from './arguments.js';
import { ObjectKeys, TypeError } from './builtins.js';
import { handlersOf, triggerIds } from './catalogue.js';
import { nearest } from './errors.js';

/**
 * @param {any} exports the action's module.exports
 * @param {string} trigger
 * @returns {Record<string, Function>} handler name to function
 */
export function selectHandlers(exports, trigger) {
  const names = handlersOf(trigger);
  const main = /** @type {string} */ (names[0]);
  const isModule = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  /** @type {Record<string, Function>} */
  const found = Object.create(null);
  for (let i = 0; isModule && i < names.length; i++) {
    const name = /** @type {string} */ (names[i]);
    const handler = exports[name];
    if (typeof handler === 'function') found[name] = handler;
    else if (handler !== undefined) refuse('missing_handler', `exports.${name} must be a function, not ${described(handler)}`);
  }
  if (!found[main]) refuseModule(exports, isModule ? ObjectKeys(exports) : [], trigger, main);
  return found;
}

/** A flow came back to an action that has no handler for it. @param {string} trigger @param {string} handler @returns {never} */
export function refuseMissing(trigger, handler) {
  return refuse('missing_handler', `the flow of trigger ${trigger} resumes in exports.${handler}, which this action does not have; export it, even if it does nothing`);
}

/** @param {unknown} exports @param {string[]} exported @param {string} trigger @param {string} main @returns {never} */
function refuseModule(exports, exported, trigger, main) {
  const triggers = triggerIds();
  for (let i = 0; i < triggers.length; i++) {
    const other = /** @type {string} */ (triggers[i]);
    const theirs = /** @type {string} */ (handlersOf(other)[0]);
    if (other === trigger || !contains(exported, theirs)) continue;
    refuse('wrong_trigger', `this action exports ${theirs}, the handler of trigger ${other}, and not ${main} of trigger ${trigger}; rename the handler or use the action for ${other}`);
  }
  let problem = `trigger ${trigger} calls exports.${main}, which this action does not have`;
  if (typeof exports === 'function') problem += `; module.exports is a function itself: write exports.${main} = async (event, api) => { ... }`;
  else if (exported.length) problem += `; it exports ${nearest(main, exported)}`;
  else problem += `; write exports.${main} = async (event, api) => { ... }`;
  return refuse('missing_handler', problem);
}

/** @param {readonly string[]} names @param {string} name @returns {boolean} */
function contains(names, name) {
  for (let i = 0; i < names.length; i++) if (names[i] === name) return true;
  return false;
}

/** @param {string} code @param {string} message @returns {never} */
function refuse(code, message) {
  throw runtime.codedError(TypeError, code, message, 'TypeError');
}
