// Every call of an api method: checked, given its meaning, recorded. An argument is written as JSON once, at the call, and
// everything else looks at what was written: getters, proxies and toJSON get one chance, and what the worker receives is
// what was checked.
import { check, described, isOneOf } from './arguments.js';
import {
  ArrayIsArray,
  JSONParse,
  JSONStringify,
  StringPrototypeIndexOf,
  StringPrototypeIsWellFormed,
  StringPrototypeTrim,
  utf8Length,
} from './builtins.js';
import { behaviourOf } from './behaviours.js';
import { parametersOf } from './catalogue.js';
import { refuseArgument, refuseCall } from './errors.js';
import { granted, run } from './run.js';

/**
 * @typedef {import('./types.js').Method} Method
 * @typedef {import('./types.js').Parameter} Parameter
 */

const NOT_JSON =
  'cannot be written as JSON: it holds a cycle or a BigInt, is nested too deep, or has a getter or toJSON that throws';
/** It has no UTF-8: nobody could store it or send it on. */
const LONE_SURROGATE = 'holds half of a character (a lone surrogate)';

/** Value of the argument that was written last; read at once. @type {any} */
let plain;

/**
 * The function behind a method of `api`. No method has more than three parameters.
 * @param {Method} method
 * @returns {(a?: any, b?: any, c?: any) => unknown}
 */
export function recorded(method) {
  // Nothing here is a constructor, and an arrow function has no prototype object to store.
  return (a, b, c) => call(method, a, b, c);
}

/** Reads the method's data: at the latest at its first call. @param {Method} method @returns {readonly Parameter[]} */
export function prepare(method) {
  method.behaviour ??= behaviourOf(method.path) ?? null;
  return parametersOf(method);
}

// A run's share of the recorder is spent here and in `written`, so they are written for the engine: no arrays, no
// template literals (each is a call), no look-ups that the method's data can spare.
/** @param {Method} method @param {any} a @param {any} b @param {any} c @returns {unknown} */
function call(method, a, b, c) {
  const params = method.params ?? prepare(method);
  const { path, counters, behaviour } = method;
  const count = params.length;
  let args = '';
  let text;
  if (count > 0) {
    args = written(path, /** @type {Parameter} */ (params[0]), a);
    a = plain;
    if (count > 1) {
      text = written(path, /** @type {Parameter} */ (params[1]), b);
      b = plain;
      if (text) args += ',' + text;
      if (count > 2) {
        text = written(path, /** @type {Parameter} */ (params[2]), c);
        c = plain;
        if (text) args += ',' + text;
      }
    }
  }
  if (counters) checkCounters(path, counters);
  const result = behaviour ? behaviour(a, b, c) : undefined;
  if (counters) advance(counters);
  const command = '{"method":"' + path + '","args":[' + args + ']}';
  run.commands = run.commands ? run.commands + ',' + command : command;
  return method.returns === 'api' ? run.api : result;
}

/**
 * @param {string} path
 * @param {Parameter} parameter
 * @param {any} argument
 * @returns {string} its JSON text; empty when it is left out. `plain` is then what the text says, except for what is
 *   only passed on.
 */
function written(path, parameter, argument) {
  if (argument === undefined) {
    if (!parameter.optional && parameter.type !== 'unknown') refuseArgument(path, parameter.path, 'is missing');
    plain = undefined;
    return '';
  }
  const { rule } = parameter;
  let text;
  if (typeof argument === 'string') {
    const value = rule && rule.trim ? StringPrototypeTrim(argument) : argument;
    const { unless } = parameter;
    if (unless ? value === '' || isOneOf(unless, value) : !parameter.isFree) check(path, parameter, value);
    text = JSONStringify(value);
    // Two quotes and nothing escaped: most texts need no further look.
    if (text.length !== value.length + 2 && !StringPrototypeIsWellFormed(value)) {
      refuseArgument(path, parameter.path, LONE_SURROGATE);
    }
    plain = value;
  } else {
    text = writtenData(path, parameter, argument);
  }
  if (rule && rule.max_json_bytes && text.length * 3 > rule.max_json_bytes) {
    const most = granted(rule.limit, rule.max_json_bytes);
    if (utf8Length(text) > most) refuseArgument(path, parameter.path, 'is longer than ' + most + ' bytes of JSON');
  }
  return text;
}

/** @param {string} path @param {Parameter} parameter @param {any} argument no text @returns {string} */
function writtenData(path, parameter, argument) {
  const isObject = typeof argument === 'object' && argument !== null;
  if (!isObject) check(path, parameter, argument);
  // Tenant code may run in here, and call the api again: `plain` is set afterwards.
  const text = jsonOf(path, parameter, argument);
  plain = argument;
  if (!isObject || parameter.isFree) return text;
  plain = JSONParse(text);
  if (parameter.rule && parameter.rule.trim) trim(plain);
  check(path, parameter, plain);
  return parameter.rule && parameter.rule.trim ? runtime.jsonText(plain) : text;
}

/** @param {string} path @param {Parameter} parameter @param {any} argument @returns {string} */
function jsonOf(path, parameter, argument) {
  let written;
  try {
    written = JSONStringify(argument);
  } catch {
    return refuseArgument(path, parameter.path, NOT_JSON);
  }
  if (written === undefined)
    refuseArgument(path, parameter.path, `must be something JSON has, not ${described(argument)}`);
  if (StringPrototypeIndexOf(written, '\\ud') >= 0 && hasLoneSurrogate(written)) {
    refuseArgument(path, parameter.path, LONE_SURROGATE);
  }
  return written;
}

/** JSON.stringify escapes lone surrogates and nothing else with \ud. @param {string} written @returns {boolean} */
function hasLoneSurrogate(written) {
  for (let i = 0; i < written.length; i++) {
    if (written[i] !== '\\') continue;
    if (written[i + 1] === 'u' && written[i + 2] === 'd') return true;
    i++;
  }
  return false;
}

/** @param {any} value fresh out of JSON.parse */
function trim(value) {
  if (!ArrayIsArray(value)) return;
  for (let i = 0; i < value.length; i++) if (typeof value[i] === 'string') value[i] = StringPrototypeTrim(value[i]);
}

/** @param {string} path @param {readonly import('./types.js').Counter[]} counters */
function checkCounters(path, counters) {
  for (let i = 0; i < counters.length; i++) {
    const counter = /** @type {import('./types.js').Counter} */ (counters[i]);
    if (counter.count < counter.max) continue;
    refuseCall(path, `was called more than ${counter.max === 1 ? 'once' : `${counter.max} times`} in one execution`);
  }
}

/** @param {readonly import('./types.js').Counter[]} counters */
function advance(counters) {
  for (let i = 0; i < counters.length; i++) /** @type {import('./types.js').Counter} */ (counters[i]).count++;
}
