// Which exported functions are the trigger's handlers. Async or plain makes no difference.
import { ObjectCreate } from './builtins.js';
import { handlersOf } from './catalogue.js';

/**
 * @param {any} exports the action's module.exports
 * @param {string} trigger
 * @returns {Record<string, Function>} handler name to function
 */
export function selectHandlers(exports, trigger) {
  const names = handlersOf(trigger);
  const isModule = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  /** @type {Record<string, Function>} */
  const found = ObjectCreate(null);
  for (let i = 0; isModule && i < names.length; i++) {
    const name = /** @type {string} */ (names[i]);
    const handler = exports[name];
    if (typeof handler === 'function') found[name] = handler;
    else if (handler !== undefined) runtime.module('refusals').refuseHandler(name, handler);
  }
  if (!found[/** @type {string} */ (names[0])]) runtime.module('refusals').refuseModule(exports, trigger);
  return found;
}
