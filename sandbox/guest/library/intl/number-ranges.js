// https://tc39.es/ecma402/#sec-partitionnumberrangepattern, collapsed as ICU does: what counts is said once, unless it is a
// sign like $ that everybody repeats.
import { decimal } from './decimals.js';
import { numberParts } from './number-parts.js';

const INSIDE = new Set([
  'integer',
  'group',
  'decimal',
  'fraction',
  'infinity',
  'nan',
  'exponentSeparator',
  'exponentMinusSign',
  'exponentInteger',
]);

/** @typedef {{ type: string, value: string, source: string }} Part */

/** @param {any} format @param {any} start @param {any} end @returns {Part[]} */
export function rangeParts(format, start, end) {
  if (start === undefined || end === undefined) throw new TypeError('start or end cannot be undefined');
  for (const value of [start, end]) if (decimal(value).special === 'nan') throw new RangeError('Invalid argument');
  const from = numberParts(format, start);
  const to = numberParts(format, end);
  if (JSON.stringify(from) === JSON.stringify(to)) {
    const sign = format.system.symbols.approximatelySign ?? '~';
    return [{ type: 'approximatelySign', value: sign }, ...from].map((part) => ({ ...part, source: 'shared' }));
  }
  const [before, after] = [cut(from), cut(to)];
  const same = JSON.stringify([before.head, before.tail]) === JSON.stringify([after.head, after.tail]);
  const text = [...before.head, ...before.tail].map((part) => part.value).join('');
  const collapses = same && [...text.trim()].length > 1;
  const spaced = !collapses && text !== '';
  const [, left, between, right] = /^(.*)\{0\}(.*)\{1\}(.*)$/.exec(format.system.misc?.range ?? '{0}–{1}') ?? [
    '',
    '',
    '–',
    '',
  ];
  const middle = spaced && !/^\s/.test(between) ? ` ${between} ` : between;
  const mark = (/** @type {any[]} */ parts, /** @type {string} */ source) => parts.map((part) => ({ ...part, source }));
  const literal = (/** @type {string} */ value) => (value ? [{ type: 'literal', value, source: 'shared' }] : []);
  if (!collapses)
    return [
      ...literal(left),
      ...mark(from, 'startRange'),
      ...literal(middle),
      ...mark(to, 'endRange'),
      ...literal(right),
    ];
  return [
    ...mark(before.head, 'shared'),
    ...mark(before.body, 'startRange'),
    ...literal(middle),
    ...mark(after.body, 'endRange'),
    ...mark(after.tail, 'shared'),
  ];
}

/** @param {{ type: string, value: string }[]} parts */
function cut(parts) {
  const first = parts.findIndex(({ type }) => INSIDE.has(type));
  const last = parts.findLastIndex(({ type }) => INSIDE.has(type));
  return { head: parts.slice(0, first), body: parts.slice(first, last + 1), tail: parts.slice(last + 1) };
}
