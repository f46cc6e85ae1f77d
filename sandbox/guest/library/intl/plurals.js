// https://www.unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules
const core = runtime.module('intl-core');

const ORDER = ['zero', 'one', 'two', 'few', 'many', 'other'];

/** A relation of a rule: operand, modulus, whether it is to be in the ranges. @typedef {{ of: string, by: number, is: boolean, ranges: [number, number][] }} Relation */

/** @type {Map<string, [string, Relation[][]][]>} */
const read = new Map();

/** @param {string} locale @param {'cardinal' | 'ordinal'} type */
function rulesOf(locale, type) {
  const key = `${locale} ${type}`;
  let rules = read.get(key);
  if (!rules) {
    const table = core.table('plurals', locale)[type];
    rules = ORDER.filter((name) => name !== 'other' && name in table).map((name) => [name, parsed(table[name])]);
    read.set(key, rules);
  }
  return rules;
}

/** @param {string} rule @returns {Relation[][]} */
function parsed(rule) {
  const condition = rule.split('@')[0].trim();
  return condition.split(/\s+or\s+/).map((all) =>
    all.split(/\s+and\s+/).map((relation) => {
      const [, of, by = '0', sign, list] = /^([nivwftce])\s*(?:%\s*(\d+))?\s*(!?=)\s*(.+)$/.exec(relation) ?? [];
      const ranges = list.split(',').map((range) => {
        const [from, to = from] = range.trim().split('..');
        return /** @type {[number, number]} */ ([Number(from), Number(to)]);
      });
      return { of, by: Number(by), is: sign === '=', ranges };
    }),
  );
}

/** @param {string} locale of the tables @param {'cardinal' | 'ordinal'} type */
export function categories(locale, type) {
  return [...rulesOf(locale, type).map(([name]) => name), 'other'];
}

/**
 * @param {string} locale @param {'cardinal' | 'ordinal'} type @param {string} whole @param {string} fraction digits as shown
 * @param {number} [exponent] of a compact number @returns {string}
 */
export function category(locale, type, whole, fraction, exponent = 0) {
  const significant = fraction.replace(/0+$/, '');
  const operands = /** @type {Record<string, number>} */ ({
    n: Number(`${whole}.${fraction || '0'}`),
    i: Number(whole),
    v: fraction.length,
    w: significant.length,
    f: Number(fraction || '0'),
    t: Number(significant || '0'),
    c: exponent,
    e: exponent,
  });
  const holds = (/** @type {Relation} */ { of, by, is, ranges }) => {
    const value = by ? operands[of] % by : operands[of];
    return ranges.some(([from, to]) => value >= from && value <= to && (from === to || Number.isInteger(value))) === is;
  };
  for (const [name, any] of rulesOf(locale, type)) if (any.some((all) => all.every(holds))) return name;
  return 'other';
}
