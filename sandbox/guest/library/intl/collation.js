// The order of texts: https://www.unicode.org/reports/tr10/, with the weights that the tables of the kind `collation` and
// the common order give.
const core = runtime.module('intl-core');

/** Behind all that the order knows, by code point; what is written in Han last. */
const UNKNOWN = 100_000;
const HAN = 3_000_000;

/** Weights of accents: first what a mark has, then what a letter of its own has that differs as by an accent. */
const MARK = 1_000;
const LETTER = 3_000;

/** A weight of each level, and whether it is a capital. @typedef {[number, number, number, boolean]} Element */

/**
 * @typedef {{ weights: Map<string, Element>, expansions: Map<string, string>, zero: number, symbols: number, kana: number }} Root
 * @type {Root | undefined}
 */
let root;

/** @type {Map<string, Map<string, Element>>} */
const tailorings = new Map();

/** @returns {Root} */
function rootOrder() {
  if (root) return root;
  const { order, expansions } = core.shared('order');
  const [letters, marks, ignored] = order.split('\u0005');
  /** @type {Map<string, Element>} */
  const weights = new Map();
  let [primary, secondary, tertiary] = [0, 1, 1];
  for (let i = 0; i < letters.length; i += 2) {
    const level = letters[i];
    if (level === '\u0001') [primary, secondary, tertiary] = [primary + 1, 1, 1];
    else if (level === '\u0002') [secondary, tertiary] = [Math.max(secondary + 1, LETTER), 1];
    else if (level === '\u0003') tertiary++;
    weights.set(letters[i + 1], [primary, secondary, tertiary, isCapital(letters[i + 1])]);
  }
  let mark = MARK;
  for (let i = 0; i < marks.length; i += 2) {
    if (marks[i] !== '\u0000') mark++;
    weights.set(marks[i + 1], [0, mark, 1, false]);
  }
  for (const one of ignored) weights.set(one, [0, 0, 0, false]);
  const of = (/** @type {string} */ one) => /** @type {Element} */ (weights.get(one))[0];
  return (root = { weights, expansions: new Map(expansions), zero: of('0'), symbols: of('`'), kana: of('\u3042') });
}

/** @param {string} text */
function isCapital(text) {
  return text !== text.toLowerCase();
}

/** @param {string} locale */
function tailored(locale) {
  let weights = tailorings.get(locale);
  if (weights) return weights;
  weights = new Map();
  const { moved } = core.table('collation', locale);
  let last = '';
  let [primary, secondary, tertiary] = [0, 1, 1];
  for (const item of moved ? moved.split('\u0004') : []) {
    const anchor = item[0];
    if (anchor !== last) [primary, secondary, tertiary] = rootOrder().weights.get(anchor) ?? [0, 1, 1];
    last = anchor;
    const level = item[1];
    if (level === '\u0001') [primary, secondary, tertiary] = [primary + 1e-4, 1, 1];
    else if (level === '\u0002') [secondary, tertiary] = [Math.max(secondary + 1e-3, LETTER), 1];
    else tertiary += 1e-3;
    const text = item.slice(2);
    weights.set(text, [primary, secondary, tertiary, isCapital(text)]);
  }
  tailorings.set(locale, weights);
  return weights;
}

/**
 * @typedef {{ data: string, sensitivity: string, numeric: boolean, caseFirst: string, ignorePunctuation: boolean,
 *   first?: RegExp, backwards?: boolean }} Rules
 * @param {Rules} rules @param {string} a @param {string} b @returns {number}
 */
export function compare(rules, a, b) {
  if (a === b) return 0;
  const [left, right] = [elements(rules, a), elements(rules, b)];
  const primary = byLevel(left, right, 0);
  if (primary || rules.sensitivity === 'base') return primary;
  if (rules.sensitivity === 'case') return inCase(rules, left, right);
  const secondary = rules.backwards ? byLevel(left.toReversed(), right.toReversed(), 1) : byLevel(left, right, 1);
  if (secondary || rules.sensitivity === 'accent') return secondary;
  if (rules.caseFirst !== 'false') {
    const cased = inCase(rules, left, right);
    if (cased) return cased;
  }
  return byLevel(left, right, 2);
}

/** @param {Element[]} left @param {Element[]} right @param {0 | 1 | 2} level */
function byLevel(left, right, level) {
  let [i, j] = [0, 0];
  for (;;) {
    while (i < left.length && !left[i][level]) i++;
    while (j < right.length && !right[j][level]) j++;
    if (i === left.length || j === right.length) return i < left.length ? 1 : j < right.length ? -1 : 0;
    const apart = left[i++][level] - right[j++][level];
    if (apart) return apart < 0 ? -1 : 1;
  }
}

/** @param {Rules} rules @param {Element[]} left @param {Element[]} right */
function inCase({ caseFirst }, left, right) {
  const cased = byCase(left, right);
  return caseFirst === 'upper' && cased ? -cased : cased;
}

/** @param {Element[]} left @param {Element[]} right */
function byCase(left, right) {
  const cased = (/** @type {Element[]} */ all) => all.filter((one) => one[0]).map((one) => (one[3] ? 1 : 0));
  const [a, b] = [cased(left), cased(right)];
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/** @param {Rules} rules @param {string} text @returns {Element[]} */
function elements(rules, text) {
  const own = tailored(rules.data);
  const common = rootOrder();
  /** @type {Element[]} */
  const result = [];
  const composed = /^[\x20-\x7e]*$/.test(text) ? text : text.normalize('NFC');
  for (let i = 0; i < composed.length;) {
    const digits = rules.numeric && composed[i] >= '0' && composed[i] <= '9' ? composed.slice(i).match(/^\d+/) : null;
    if (digits) {
      i += digits[0].length;
      const number = digits[0].replace(/^0+(?=\d)/, '');
      result.push([common.zero + Math.min(number.length, 8_000) / 1_000, 1, 1, false]);
      for (const digit of number) result.push([common.zero + Number(digit), 1, 1, false]);
      continue;
    }
    const pair = own.size ? own.get(composed.slice(i, i + 2)) : undefined;
    if (pair) {
      result.push(pair);
      i += 2;
      continue;
    }
    const one = String.fromCodePoint(/** @type {number} */ (composed.codePointAt(i)));
    i += one.length;
    put(result, own, common, one);
  }
  return rules.ignorePunctuation ? result.filter((one) => !one[0] || one[0] >= common.symbols) : result;
}

/** @param {Element[]} result @param {Map<string, Element>} own @param {Root} common @param {string} one */
function put(result, own, common, one) {
  const known = own.get(one) ?? common.weights.get(one);
  if (known) {
    result.push(known);
    return;
  }
  const apart = one.normalize('NFD');
  if (apart !== one && !/\p{Script=Hangul}/u.test(one)) {
    // As much of it as the locale has an element for, then the marks that are left.
    let [head, ...marks] = [...apart];
    while (marks.length && own.has((head + marks[0]).normalize('NFC'))) head = (head + marks.shift()).normalize('NFC');
    put(result, own, common, head);
    for (const mark of marks) put(result, own, common, mark);
    return;
  }
  const expansion = common.expansions.get(one);
  if (expansion) {
    const start = result.length;
    const accented = expansion[0] === '\u0002';
    for (const part of accented ? expansion.slice(1) : expansion) put(result, own, common, part);
    for (let i = start; i < result.length; i++) {
      const [primary, secondary, tertiary, capital] = result[i];
      result[i] = [primary, secondary + (accented ? 0.5 : 0), tertiary + 0.5, capital];
    }
    return;
  }
  const code = /** @type {number} */ (one.codePointAt(0));
  if (code < 32 || code === 127) return;
  if (/\p{Script=Hangul}/u.test(one)) {
    result.push([common.kana - 0.5 + code * 1e-6, 1, 1, false]);
    return;
  }
  result.push([(/\p{Script=Han}/u.test(one) ? HAN : UNKNOWN) + code, 1, 1, false]);
}

/** The script that comes first, moved before the others. @param {Rules} rules @param {string} a @param {string} b */
export function compareIn(rules, a, b) {
  if (!rules.first) return compare(rules, a, b);
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a[i] === b[i]) i++;
  const [left, right] = [a[i], b[i]];
  if (left && right && /\p{L}/u.test(left) && /\p{L}/u.test(right)) {
    const [one, other] = [rules.first.test(left), rules.first.test(right)];
    if (one !== other) return one ? -1 : 1;
  }
  return compare(rules, a, b);
}
