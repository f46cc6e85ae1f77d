// The coded errors of the api object. Each names the method, and says what would be right.
import { Error, TypeError } from './builtins.js';

/**
 * @param {string} method
 * @param {string} parameter
 * @param {string} problem "must be a string, not a number"
 * @returns {never}
 */
export function refuseArgument(method, parameter, problem) {
  throw runtime.codedError(
    TypeError,
    'invalid_argument',
    `${method}: parameter "${parameter}" ${problem}`,
    'TypeError',
  );
}

/** The method exists, but not now. @param {string} method @param {string} problem @returns {never} */
export function refuseCall(method, problem) {
  throw runtime.codedError(Error, 'call_not_allowed', `${method}: ${problem}`);
}
