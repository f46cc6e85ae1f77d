// The coded errors of the api object. Each names the method, and says what would be right.
import { Error, ObjectCreate, StringPrototypeSlice, StringPrototypeToLowerCase, TypeError } from './builtins.js';

/**
 * @param {string} method
 * @param {string} parameter
 * @param {string} problem "must be a string, not a number"
 * @returns {never}
 */
export function refuseArgument(method, parameter, problem) {
  throw runtime.codedError(TypeError, 'invalid_argument', `${method}: parameter "${parameter}" ${problem}`, 'TypeError');
}

/** The method exists, but not now. @param {string} method @param {string} problem @returns {never} */
export function refuseCall(method, problem) {
  throw runtime.codedError(Error, 'call_not_allowed', `${method}: ${problem}`);
}

/** @param {string} method @param {string} problem @returns {never} */
export function refuseToken(method, problem) {
  throw runtime.codedError(Error, 'invalid_token', `${method}: ${problem}`);
}

/**
 * @param {string} path what was asked for, "api.user.setRoles"
 * @param {string} trigger
 * @param {readonly string[]} known methods and namespaces of the trigger
 * @param {readonly string[]} elsewhere other triggers that have it
 * @returns {never}
 */
export function refuseUnknown(path, trigger, known, elsewhere) {
  let message = `${path} does not exist for trigger ${trigger}`;
  for (let i = 0; i < elsewhere.length; i++) message += `${i ? ',' : '; it belongs to trigger'} ${elsewhere[i]}`;
  message += `. The nearest that exists is ${nearest(path, known)}`;
  if (path === 'api.fetch') message += '; the global fetch needs no api';
  throw runtime.codedError(TypeError, 'unknown_method', message, 'TypeError');
}

/**
 * @param {string} name
 * @param {readonly string[]} candidates
 * @returns {string} the one that takes the fewest edits, the first of several
 */
export function nearest(name, candidates) {
  let best = '';
  let least = Infinity;
  for (let i = 0; i < candidates.length; i++) {
    const candidate = /** @type {string} */ (candidates[i]);
    let edits = distance(lastPart(name), lastPart(candidate));
    // The right method of another object is near, a similar one is not.
    if (parent(name) !== parent(candidate)) edits += edits ? 8 : 1;
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein's, without regard to case, on one row. @param {string} from @param {string} to @returns {number} */
function distance(from, to) {
  /** @type {Record<number, number>} */
  const cells = ObjectCreate(null);
  for (let j = 0; j <= to.length; j++) cells[j] = j;
  for (let i = 1; i <= from.length; i++) {
    let diagonal = /** @type {number} */ (cells[0]);
    cells[0] = i;
    for (let j = 1; j <= to.length; j++) {
      const above = /** @type {number} */ (cells[j]);
      const replaced = diagonal + (sameLetter(StringPrototypeSlice(from, i - 1, i), StringPrototypeSlice(to, j - 1, j)) ? 0 : 1);
      const left = /** @type {number} */ (cells[j - 1]);
      const added = (left < above ? left : above) + 1;
      cells[j] = replaced < added ? replaced : added;
      diagonal = above;
    }
  }
  return /** @type {number} */ (cells[to.length]);
}

/** @param {string} a @param {string} b @returns {boolean} */
function sameLetter(a, b) {
  return a === b || StringPrototypeToLowerCase(a) === StringPrototypeToLowerCase(b);
}

/** @param {string} path @returns {number} */
function lastDot(path) {
  for (let i = path.length - 1; i >= 0; i--) if (path[i] === '.') return i;
  return -1;
}

/** @param {string} path @returns {string} */
function lastPart(path) {
  return StringPrototypeSlice(path, lastDot(path) + 1);
}

/** @param {string} path @returns {string} */
function parent(path) {
  const dot = lastDot(path);
  return dot < 0 ? '' : StringPrototypeSlice(path, 0, dot);
}
