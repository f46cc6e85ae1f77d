// The long refusals: an action that does not fit its trigger, a method that does not exist. They say what would be right.
const { ObjectCreate, ObjectKeys, StringPrototypeSlice, StringPrototypeToLowerCase, TypeError } = runtime.primordials;
const { described, getCatalogue } = runtime.recorder;

/** @param {string} path what was asked for, "api.user.setRoles" @param {string} trigger @returns {never} */
export function refuseUnknown(path, trigger) {
  const triggers = ObjectKeys(getCatalogue().triggers);
  let message = `${path} does not exist for trigger ${trigger}`;
  let count = 0;
  for (let i = 0; i < triggers.length; i++) {
    const other = /** @type {string} */ (triggers[i]);
    if (contains(pathsOf(other), path)) message += `${count++ ? ',' : '; it belongs to trigger'} ${other}`;
  }
  message += `. The nearest that exists is ${nearest(path, pathsOf(trigger))}`;
  if (path === 'api.fetch') message += '; the global fetch needs no api';
  throw runtime.codedError(TypeError, 'unknown_method', message, 'TypeError');
}

/** A handler that cannot be called. @param {string} name @param {unknown} value @returns {never} */
export function refuseHandler(name, value) {
  return refuse('missing_handler', `exports.${name} must be a function, not ${described(value)}`);
}

/** A flow came back to an action that has no handler for it. @param {string} trigger @param {string} name @returns {never} */
export function refuseMissing(trigger, name) {
  return refuse(
    'missing_handler',
    `the flow of trigger ${trigger} resumes in exports.${name}, which this action does not have; export it, even if it does nothing`,
  );
}

/** Exports without the trigger's main handler. @param {any} exports @param {string} trigger @returns {never} */
export function refuseModule(exports, trigger) {
  const { triggers } = getCatalogue();
  const ids = ObjectKeys(triggers);
  const main = triggers[trigger]?.handlers[0] ?? '';
  const isModule = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  const exported = isModule ? ObjectKeys(exports) : [];
  for (let i = 0; i < ids.length; i++) {
    const other = /** @type {string} */ (ids[i]);
    const theirs = triggers[other]?.handlers[0] ?? '';
    if (other === trigger || !contains(exported, theirs)) continue;
    refuse(
      'wrong_trigger',
      `this action exports ${theirs}, the handler of trigger ${other}, and not ${main} of trigger ${trigger}; rename the handler or use the action for ${other}`,
    );
  }
  let problem = `trigger ${trigger} calls exports.${main}, which this action does not have`;
  if (typeof exports === 'function') problem += '; its module.exports is a function itself';
  else if (exported.length) problem += `; the nearest that it exports is ${nearest(main, exported)}`;
  return refuse('missing_handler', `${problem}; write exports.${main} = async (event, api) => { ... }`);
}

/**
 * @param {string} name
 * @param {readonly string[]} candidates
 * @returns {string} the one that takes the fewest edits, the first of several
 */
function nearest(name, candidates) {
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
      const replaced =
        diagonal + (sameLetter(StringPrototypeSlice(from, i - 1, i), StringPrototypeSlice(to, j - 1, j)) ? 0 : 1);
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

/** @param {string} trigger @returns {string[]} its methods, then its namespaces */
function pathsOf(trigger) {
  const { triggers, methods } = getCatalogue();
  const namespaces = triggers[trigger]?.namespaces ?? {};
  const names = ObjectKeys(namespaces);
  const found = [];
  for (let i = 0; i < names.length; i++) {
    const positions = namespaces[/** @type {string} */ (names[i])] ?? [];
    for (let j = 0; j < positions.length; j++)
      found[found.length] = methods[/** @type {number} */ (positions[j])]?.path ?? '';
  }
  for (let i = 0; i < names.length; i++) found[found.length] = `api.${names[i]}`;
  return found;
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
