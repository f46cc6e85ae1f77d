// Every call of an api method: checked, given its meaning, recorded. An argument is written as JSON once, at the call, and
// everything else looks at what was written: getters, proxies and toJSON get one chance, and what the worker receives is
// what was checked.
import { check, described } from './arguments.js';
import { ArrayIsArray, JSONParse, JSONStringify, StringPrototypeIndexOf, StringPrototypeIsWellFormed, StringPrototypeTrim, utf8Length } from './builtins.js';
import { behaviours } from './behaviours/index.js';
import { parametersOf } from './catalogue.js';
import { refuseArgument, refuseCall } from './errors.js';
import { run } from './run.js';

/**
 * @typedef {import('./types.js').Method} Method
 * @typedef {import('./types.js').Parameter} Parameter
 */

/** Text and value of the argument that was written last; read at once. */
let text = '';
/** @type {any} */
let plain;

/**
 * The function behind a method of `api`.
 * @param {Method} method
 * @returns {(...args: any[]) => unknown}
 */
export function recorded(method) {
  const { path, returns } = method;
  if (!behaviours[path] && returns !== 'api' && returns !== 'undefined') throw new TypeError(`nothing says what ${path} returns`);
  // Nothing here is a constructor, and an arrow function has no prototype object to store.
  return (...args) => call(method, args);
}

/** @param {Method} method @param {any[]} args @returns {unknown} */
function call(method, args) {
  const { path, counters } = method;
  const params = method.params ?? parametersOf(method);
  let given = args.length < params.length ? args.length : params.length;
  while (given > 0 && args[given - 1] === undefined) given--;
  let texts = '';
  let first, second, third;
  for (let i = 0; i < params.length; i++) {
    const parameter = /** @type {Parameter} */ (params[i]);
    if (i >= given || args[i] === undefined) {
      if (parameter.optional || (parameter.type === 'unknown' && i >= given)) continue;
      refuseArgument(path, parameter.path, 'is missing');
    }
    write(path, parameter, args[i]);
    texts += i ? `,${text}` : text;
    if (i === 0) first = plain;
    else if (i === 1) second = plain;
    else third = plain;
  }
  if (counters) checkCounters(path, counters);
  const behaviour = behaviours[path];
  const result = behaviour && behaviour(first, second, third);
  if (counters) for (let i = 0; i < counters.length; i++) /** @type {import('./types.js').Counter} */ (counters[i]).count++;
  run.commands += `${run.commands && ','}{"method":"${path}","args":[${texts}]}`;
  return method.returns === 'api' ? run.api : result;
}

/** @param {string} path @param {Parameter} parameter @param {any} argument */
function write(path, parameter, argument) {
  const { rule } = parameter;
  if (typeof argument === 'string') {
    const value = rule?.trim ? StringPrototypeTrim(argument) : argument;
    check(path, parameter, value);
    if (!StringPrototypeIsWellFormed(value)) refuseArgument(path, parameter.path, 'holds half of a character (a lone surrogate)');
    text = JSONStringify(value);
    plain = value;
  } else {
    const isObject = typeof argument === 'object' && argument !== null;
    if (!isObject) check(path, parameter, argument);
    // Tenant code may run in here, and call the api again: the variables of this module are set afterwards.
    const written = jsonOf(path, parameter, argument);
    const value = isObject ? JSONParse(written) : argument;
    if (isObject) check(path, parameter, rule?.trim ? trimmed(value) : value);
    text = rule?.trim ? JSONStringify(value) : written;
    plain = value;
  }
  if (rule?.max_json_bytes && text.length * 3 > rule.max_json_bytes && utf8Length(text) > rule.max_json_bytes) {
    refuseArgument(path, parameter.path, `is longer than ${rule.max_json_bytes} bytes of JSON`);
  }
}

/** @param {string} path @param {Parameter} parameter @param {any} argument @returns {string} */
function jsonOf(path, parameter, argument) {
  let written;
  try {
    written = JSONStringify(argument);
  } catch {
    return refuseArgument(path, parameter.path, 'cannot be written as JSON: it holds a cycle or a BigInt, is nested too deep, or has a getter or toJSON that throws');
  }
  if (written === undefined) refuseArgument(path, parameter.path, `cannot be written as JSON: it is ${described(argument)} or becomes nothing`);
  if (StringPrototypeIndexOf(written, '\\ud') >= 0 && hasLoneSurrogate(written)) {
    refuseArgument(path, parameter.path, 'holds half of a character (a lone surrogate)');
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

/** @param {any} value fresh out of JSON.parse @returns {any} */
function trimmed(value) {
  if (ArrayIsArray(value)) for (let i = 0; i < value.length; i++) if (typeof value[i] === 'string') value[i] = StringPrototypeTrim(value[i]);
  return value;
}

/** @param {string} path @param {readonly import('./types.js').Counter[]} counters */
function checkCounters(path, counters) {
  for (let i = 0; i < counters.length; i++) {
    const counter = /** @type {import('./types.js').Counter} */ (counters[i]);
    if (counter.count >= counter.max) refuseCall(path, `was called more than ${counter.max === 1 ? 'once' : `${counter.max} times`} in one execution`);
  }
}
