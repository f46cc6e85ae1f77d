// How two moments are shown together. https://www.unicode.org/reports/tr35/tr35-dates.html#intervalFormats
import { filled, isField, skeletonOf, tokens } from './skeletons.js';

/** The fields that may differ, the largest first, and the letters that the tables give them. @type {[string, string][]} */
const ORDER = [
  ['era', 'G'],
  ['year', 'y'],
  ['month', 'M'],
  ['day', 'd'],
  ['half', 'a'],
  ['hour', 'h'],
  ['minute', 'm'],
  ['second', 's'],
];

/** @typedef {import('./calendars.js').Fields} Fields */

/**
 * Fields and literals with whose they are, or undefined when nothing that is shown differs.
 * @param {any} format @param {Fields} start @param {Fields} end @returns {[string, string][] | undefined}
 */
export function rangePattern(format, start, end) {
  const differs = ORDER.find(([name]) => of(start, name) !== of(end, name));
  if (!differs) return undefined;
  const inDate = ORDER.indexOf(differs) < 4;
  const [date, time] = halves(format.skeleton);
  // Two days, of which the time alone is asked: both are shown with their day.
  if (!date && inDate)
    return apart(format, tokens(filled(format.dates.patterns[12], format.pattern, format.patterns.best('yMd'))));
  if (!isShown(format, differs[0])) return undefined;
  if (date && time && !inDate) {
    const times = intervalOf(format, time, differs[1]);
    if (times) {
      const style = /MMMM/.test(date) ? (/E/.test(date) ? 0 : 1) : /MMM/.test(date) ? 2 : 3;
      const whole = filled(format.dates.patterns[9 + style], times, format.patterns.best(date));
      return split(tokens(whole));
    }
  }
  const pattern = date && time ? undefined : intervalOf(format, format.skeleton, differs[1]);
  return pattern ? split(tokens(pattern)) : apart(format, format.tokens);
}

/** The letters of a skeleton that are of the date, and those of the time. @param {string} skeleton */
function halves(skeleton) {
  return [skeleton.replace(/[^GyUrMLEcd]/g, ''), skeleton.replace(/[GyUrMLEcd]/g, '')];
}

/** One whole, then the other. @param {any} format @param {string[]} whole @returns {[string, string][]} */
function apart(format, whole) {
  const [before, between, behind] = /^(.*)\{0\}(.*)\{1\}(.*)$/.exec(format.dates.intervals.fallback)?.slice(1) ?? [
    '',
    ' – ',
    '',
  ];
  return [
    ...literal(before),
    ...whole.map((token) => /** @type {[string, string]} */ ([token, 'startRange'])),
    ...literal(between),
    ...whole.map((token) => /** @type {[string, string]} */ ([token, 'endRange'])),
    ...literal(behind),
  ];
}

/** @param {string} text @returns {[string, string][]} */
function literal(text) {
  return text ? [[`'${text}'`, 'shared']] : [];
}

/** @param {Fields} fields @param {string} name */
function of(fields, name) {
  return name === 'half' ? (fields.hour < 12 ? 0 : 1) : /** @type {any} */ (fields)[name];
}

/** Whether the pattern shows this field or a smaller one. @param {any} format @param {string} name */
function isShown({ pattern }, name) {
  const letters = pattern.replace(/'[^']*'/g, '');
  const from = ORDER.findIndex(([one]) => one === name);
  const of = ['G', '[yUr]', '[MLEc]', '[dEc]', '[aBbhHkK]', '[hHkK]', 'm', '[sS]'];
  return of.slice(from).some((letter) => new RegExp(letter).test(letters));
}

/** @param {any} format @param {string} skeleton @param {string} differs @returns {string | undefined} */
function intervalOf({ dates, pattern }, skeleton, differs) {
  const wanted = skeletonOf(skeleton).skeleton;
  let least = Infinity;
  let found;
  for (const [key, patterns] of Object.entries(dates.intervals)) {
    if (typeof patterns === 'string') continue;
    const other = skeletonOf(key).skeleton;
    if (other.mask !== wanted.mask) continue;
    const distance = other.types.reduce((sum, type, i) => sum + Math.abs(type - wanted.types[i]), 0);
    const twelve = /[hHkK]/.exec(pattern)?.[0] ?? '';
    const letter =
      differs === 'h' && patterns.H ? 'H' : differs === 'a' && !patterns.a ? (patterns.H ? 'H' : 'h') : differs;
    if (twelve && !key.includes(twelve)) continue;
    if (distance < least && patterns[letter]) {
      least = distance;
      found = patterns[letter];
    }
  }
  return found === undefined || least > 0x100 ? undefined : adjusted(found, wanted);
}

/** The pattern with words as long as they were asked for. @param {string} pattern @param {import('./skeletons.js').Skeleton} wanted */
function adjusted(pattern, wanted) {
  const length = /** @type {Record<string, number | undefined>} */ ({
    M: wanted.lengths[3],
    L: wanted.lengths[3],
    E: wanted.lengths[6],
    c: wanted.lengths[6],
    d: wanted.lengths[9],
  });
  return tokens(pattern)
    .map((token) => {
      const asked = length[token[0]];
      return isField(token) && asked && token.length < asked && (token.length > 2 || asked < 3)
        ? token[0].repeat(asked)
        : token;
    })
    .join('');
}

/** The end begins where a field comes a second time. @param {string[]} all @returns {[string, string][]} */
function split(all) {
  const seen = new Set();
  let second = all.length;
  for (let i = 0; i < all.length; i++) {
    if (!isField(all[i])) continue;
    const letter = all[i][0] === 'L' ? 'M' : all[i][0];
    if (seen.has(letter)) {
      second = i;
      break;
    }
    seen.add(letter);
  }
  const repeated = new Set(
    all
      .slice(second)
      .filter(isField)
      .map((token) => token[0]),
  );
  const isOf = (/** @type {string} */ token) => isField(token) && repeated.has(token[0]);
  const firstStart = all.findIndex(isOf);
  const lastStart = all.slice(0, second).findLastIndex(isOf);
  const lastEnd = all.findLastIndex(isOf);
  return all.map((token, i) => [
    token,
    i >= firstStart && i <= lastStart ? 'startRange' : i >= second && i <= lastEnd ? 'endRange' : 'shared',
  ]);
}
