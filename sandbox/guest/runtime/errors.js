// What an error is to the host: four bounded strings. A code is given by trusted code only, through codedError: it is
// remembered beside the error, so a property named `code` on a tenant's error is not one.
import { library } from './library.js';
import {
  ErrorIsError,
  JSONStringify,
  ReflectGet,
  StringPrototypeSlice,
  SymbolPrototypeToString,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
} from './primordials.js';
import { stackText } from './stacks.js';

const NAME_LENGTH = 256;
const MESSAGE_LENGTH = 8192;
const STACK_LENGTH = 16384;

/** @type {WeakMap<object, { code: string, name: string, message: string }>} */
const coded = new WeakMap();
const { proxyDetails } = host;

/**
 * An error whose code the host will report.
 * @param {ErrorConstructor} Base
 * @param {string} code
 * @param {string} message
 * @param {string} [name] the constructor's name, by which it is reported whatever happens to the object
 * @returns {Error}
 */
export function codedError(Base, code, message, name = 'Error') {
  const error = new Base(message);
  WeakMapPrototypeSet(coded, error, { __proto__: null, code, name, message });
  return error;
}

/**
 * JSON text of {name, message, stack, code} for anything that can be thrown. Getters of the thrown object may run (a
 * library's `get message()` is worth reading), each once and under the run's limits; what they return counts only if
 * it is a string. A proxy's traps do not run.
 * @param {unknown} thrown
 * @returns {string}
 */
export function describe(thrown) {
  let name = 'Error';
  let message = '';
  let stack = '';
  let code = null;
  try {
    if (isObject(thrown) && !proxyDetails(thrown)) {
      const known = WeakMapPrototypeGet(coded, thrown);
      name = known?.name ?? read(thrown, 'name') ?? name;
      message = known?.message ?? read(thrown, 'message') ?? notAnError(thrown);
      const frames = read(thrown, 'stack') ?? '';
      stack = /** @type {string} */ (stackText(thrown, frames));
      code = known?.code ?? null;
    } else {
      message = notAnError(thrown);
    }
  } catch {
    // Out of stack: what was read so far is reported.
  }
  stack ||= message ? `${name}: ${message}` : name;
  return `{"name":${bounded(name, NAME_LENGTH)},"message":${bounded(message, MESSAGE_LENGTH)},"stack":${bounded(stack, STACK_LENGTH)},"code":${JSONStringify(code)}}`;
}

/** @param {unknown} value @returns {value is object} */
function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A string property; undefined when it is none or cannot be read. @param {object} object @param {string} key */
export function read(object, key) {
  try {
    const value = ReflectGet(object, key);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {unknown} thrown @returns {string} */
function notAnError(thrown) {
  if (ErrorIsError(thrown)) return '';
  if (typeof thrown === 'string') return `A string was thrown instead of an Error: ${thrown}`;
  if (typeof thrown === 'symbol') return `A symbol was thrown instead of an Error: ${SymbolPrototypeToString(thrown)}`;
  if (!isObject(thrown)) return `A value was thrown instead of an Error: ${thrown}`;
  if (proxyDetails(thrown)) return 'A proxy was thrown instead of an Error';
  const text = library('inspect').inspect(thrown, { __proto__: null, depth: 1, customInspect: false });
  return `An object was thrown instead of an Error: ${text}`;
}

/** @param {string} text @param {number} length */
function bounded(text, length) {
  return JSONStringify(StringPrototypeSlice(text, 0, length));
}
