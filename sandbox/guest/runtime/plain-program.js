// What an action is unless a later prelude says otherwise: module.exports is a function from input to output.
import { codedError, read } from './errors.js';
import { ErrorIsError, JSONStringify, ReflectApply, TypeError } from './primordials.js';

/** @type {Function} */
let handler;

/** @type {Program} */
export const plainProgram = {
  load(exports) {
    if (typeof exports !== 'function') {
      throw codedError(TypeError, 'missing_handler', 'module.exports must be a function', 'TypeError');
    }
    handler = exports;
  },

  run(input) {
    return ReflectApply(handler, undefined, [input]);
  },

  output(value, failed) {
    if (failed || value === undefined) return 'null';
    let text;
    let reason = `a value of type ${typeof value} has no JSON form`;
    try {
      text = JSONStringify(value);
    } catch (thrown) {
      // The engine's own words (circular reference, BigInt) or those of the value's toJSON.
      if (ErrorIsError(thrown)) reason = read(thrown, 'message') ?? reason;
    }
    if (text === undefined)
      throw codedError(TypeError, 'result_not_json', `The result cannot be JSON: ${reason}`, 'TypeError');
    return text;
  },
};
