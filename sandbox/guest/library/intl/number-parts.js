// A number as it reads in a locale: https://tc39.es/ecma402/#sec-partitionnumberpattern, with the patterns of
// https://www.unicode.org/reports/tr35/tr35-numbers.html
import { decimal, magnitude, rounded, shifted, written } from './decimals.js';
import { category } from './plurals.js';

const core = runtime.module('intl-core');

/** @typedef {{ type: string, value: string }} Part @typedef {import('./decimals.js').Decimal} Decimal */

/** @param {any} format @param {any} value @returns {Part[]} */
export function numberParts(format, value) {
  let number = decimal(value);
  if (format.style === 'percent') number = shifted(number, 2);
  const shown = shape(format, number);
  const body = digitsParts(format, number, shown);
  const sign = signOf(format, number, shown);
  return plain(dressed(format, body, sign, shown));
}

/** With marks of direction as literals, and literals in one piece. @param {Part[]} parts @returns {Part[]} */
function plain(parts) {
  /** @type {Part[]} */
  const result = [];
  const put = (/** @type {string} */ type, /** @type {string} */ value) => {
    const last = result[result.length - 1];
    if (type === 'literal' && last?.type === 'literal') last.value += value;
    else if (value) result.push({ type, value });
  };
  for (const { type, value } of parts) {
    const marked = type.endsWith('Sign') ? /^([\u061c\u200e\u200f]*)([^]*?)([\u061c\u200e\u200f]*)$/.exec(value) : null;
    if (marked) put('literal', marked[1]);
    put(type, marked ? marked[2] : value);
    if (marked) put('literal', marked[3]);
  }
  return result;
}

/**
 * What is shown of a number: digits, the exponent beside them, the pattern of a compact one.
 * @typedef {{ whole: string, fraction: string, exponent: number, zero: boolean, compact?: string }} Shown
 * @param {any} format @param {Decimal} number @returns {Shown}
 */
function shape(format, number) {
  if (number.special) return { whole: '', fraction: '', exponent: 0, zero: false };
  let exponent = exponentOf(format, magnitude(number));
  let result = digitsOf(format, shifted(number, -exponent));
  if (result.digits && number.digits && magnitude(result) + exponent > magnitude(number)) {
    const again = exponentOf(format, magnitude(number) + 1);
    if (again !== exponent) {
      exponent = again;
      result = digitsOf(format, shifted(number, -exponent));
    }
  }
  const [whole, fraction] = written(result, format.integer, result.least);
  const zero = !result.digits;
  const shown = { whole, fraction, exponent, zero };
  return format.notation === 'compact' ? { ...shown, compact: compactPattern(format, shown) } : shown;
}

/** @param {any} format @param {number} power */
function exponentOf(format, power) {
  if (format.notation === 'scientific') return power;
  if (format.notation === 'engineering') return Math.floor(power / 3) * 3;
  if (format.notation !== 'compact') return 0;
  const key = compactKey(compactTable(format), power);
  const pattern = key && compactTable(format)[key].other;
  if (!pattern || pattern === '0') return 0;
  return key.length - (/0+/.exec(unquote(pattern))?.[0].length ?? 1);
}

/** @param {any} format */
function compactTable({ system, compactDisplay, style, currencyDisplay }) {
  const long = system.long ?? system.short;
  if (style === 'currency' && currencyDisplay !== 'name')
    return (compactDisplay === 'long' ? long.currencyFormat : undefined) ?? system.short.currencyFormat;
  return (compactDisplay === 'long' ? long.decimalFormat : undefined) ?? system.short.decimalFormat;
}

/** @param {any} format @param {Shown} shown */
function compactPattern(format, { whole, fraction, exponent }) {
  if (!exponent) return undefined;
  const table = compactTable(format);
  const patterns = table[/** @type {string} */ (compactKey(table, whole.length - 1 + exponent))];
  const one = whole === '1' && !fraction ? patterns['1'] : undefined;
  return one ?? patterns[category(format.data, 'cardinal', whole, fraction, exponent)] ?? patterns.other;
}

/** The largest power that has a pattern. @param {any} table @param {number} power */
function compactKey(table, power) {
  for (let zeros = Math.min(power, 20); zeros > 2; zeros--) {
    const key = `1${'0'.repeat(zeros)}`;
    if (table?.[key]) return key;
  }
  return undefined;
}

/** @param {any} format @param {Decimal} number @returns {Decimal & { least: number }} */
function digitsOf(format, number) {
  const { type, mode, increment, leastFraction, mostFraction, leastSignificant, mostSignificant, zeros } = format;
  const bySignificant = () => {
    const result = rounded(number, mostSignificant - 1 - magnitude(number), mode);
    return {
      ...result,
      least: Math.max(0, leastSignificant - 1 - magnitude(result)),
      place: mostSignificant - 1 - magnitude(number),
    };
  };
  const byFraction = () => ({
    ...rounded(number, mostFraction, mode, increment),
    least: leastFraction,
    place: mostFraction,
  });
  let result;
  if (type === 'significant') result = bySignificant();
  else if (type === 'fraction') result = byFraction();
  else {
    const [s, f] = [bySignificant(), byFraction()];
    const significant = type === 'more' ? s.place > f.place : s.place < f.place;
    result = significant ? s : f;
  }
  if (zeros === 'stripIfInteger' && result.point >= result.digits.length) result.least = 0;
  return result;
}

/** @param {any} format @param {Decimal} number @param {Shown} shown @returns {Part[]} */
function digitsParts(format, number, shown) {
  const { symbols } = format.system;
  if (number.special === 'nan') return [{ type: 'nan', value: symbols.nan }];
  if (number.special === 'infinity') return [{ type: 'infinity', value: symbols.infinity }];
  const parts = grouped(format, shown.whole);
  if (shown.fraction) {
    parts.push({
      type: 'decimal',
      value: format.style === 'currency' ? (symbols.currencyDecimal ?? symbols.decimal) : symbols.decimal,
    });
    parts.push({ type: 'fraction', value: inDigits(format, shown.fraction) });
  }
  if (format.notation === 'scientific' || format.notation === 'engineering') {
    parts.push({ type: 'exponentSeparator', value: symbols.exponential });
    if (shown.exponent < 0) parts.push({ type: 'exponentMinusSign', value: symbols.minusSign });
    parts.push({ type: 'exponentInteger', value: inDigits(format, String(Math.abs(shown.exponent))) });
  }
  return parts;
}

/** @param {any} format @param {string} whole @returns {Part[]} */
function grouped(format, whole) {
  const { primary, secondary } = format.pattern;
  const { grouping, least } = format;
  const minimum = grouping === 'min2' ? 2 : grouping === 'auto' ? least : 1;
  const size = format.notation === 'scientific' || format.notation === 'engineering' ? 0 : primary;
  if (!grouping || !size || whole.length < size + minimum) return [{ type: 'integer', value: inDigits(format, whole) }];
  const { symbols } = format.system;
  const group = format.style === 'currency' ? (symbols.currencyGroup ?? symbols.group) : symbols.group;
  const pieces = [whole.slice(-size)];
  for (let end = whole.length - size; end > 0; end -= secondary)
    pieces.push(whole.slice(Math.max(0, end - secondary), end));
  return pieces
    .reverse()
    .flatMap((piece, i) => [
      ...(i ? [{ type: 'group', value: group }] : []),
      { type: 'integer', value: inDigits(format, piece) },
    ]);
}

/** @param {any} format @param {string} text */
export function inDigits({ digits }, text) {
  return digits ? text.replace(/\d/g, (digit) => digits[Number(digit)]) : text;
}

/** -1, 0, 1: which sign is shown. @param {any} format @param {Decimal} number @param {Shown} shown */
function signOf({ signDisplay }, number, { zero }) {
  const negative = number.negative && number.special !== 'nan';
  switch (signDisplay) {
    case 'never':
      return 0;
    case 'always':
      return negative ? -1 : 1;
    case 'exceptZero':
      return zero || number.special === 'nan' ? 0 : negative ? -1 : 1;
    case 'negative':
      return negative && !zero ? -1 : 0;
  }
  return negative ? -1 : 0;
}

/** A pattern may say a number in a word. @param {string} pattern */
function isWord(pattern) {
  return !unquote(pattern).includes('0');
}

/** The number with its sign and what it counts. @param {any} format @param {Part[]} body @param {number} sign @param {Shown} shown @returns {Part[]} */
function dressed(format, body, sign, shown) {
  if (
    shown.compact !== undefined &&
    format.style !== 'unit' &&
    !(format.style === 'currency' && format.currencyDisplay === 'name')
  )
    return fromPattern(format, affixes(shown.compact), sign, isWord(shown.compact) ? [] : body);
  const inner =
    shown.compact === undefined
      ? body
      : fromPattern(format, affixes(shown.compact), 0, isWord(shown.compact) ? [] : body);
  const plain = fromPattern(format, format.pattern, sign, inner);
  const plural = () =>
    shown.whole ? category(format.data, 'cardinal', shown.whole, shown.fraction, shown.exponent) : 'other';
  if (format.style === 'currency' && format.currencyDisplay === 'name') return named(format, plain, plural());
  return format.style === 'unit' ? counted(format, plain, plural()) : plain;
}

/** @param {any} format @param {Part[]} plain @param {string} plural @returns {Part[]} */
function named(format, plain, plural) {
  const { currency, data, unitPatterns } = format;
  const { names, plurals } = core.table('currencies', data);
  const name = plurals?.[currency]?.[plural] ?? plurals?.[currency]?.other ?? names[currency]?.[1] ?? currency;
  return split(unitPatterns[plural] ?? unitPatterns.other, plain, 'currency', (text) =>
    text.replace('{1}', () => name),
  );
}

/** @param {any} format @param {Part[]} plain @param {string} plural @returns {Part[]} */
function counted({ unit, unitDisplay, data, system }, plain, plural) {
  if (unit === 'percent' && unitDisplay !== 'long') {
    const { prefix, suffix } = affixes(system.patterns.percentFormat);
    return split(`${prefix}{0}${suffix}`, plain, 'unit');
  }
  const { units, per } = core.table('units', data)[unitDisplay];
  const pattern = (/** @type {string} */ name) => units[name]?.[plural] ?? units[name]?.other;
  const whole = pattern(unit);
  if (whole) return split(whole, plain, 'unit');
  const [above, below] = unit.split('-per-');
  if (units[below].per)
    return split(
      units[below].per.replace('{0}', () => pattern(above)),
      plain,
      'unit',
    );
  const one = (units[below].one ?? units[below].other).replace('{0}', '').trim();
  return split(
    per.replace('{0}', () => pattern(above)).replace('{1}', () => one),
    plain,
    'unit',
  );
}

/** @param {string} pattern with {0} @param {Part[]} body @param {string} type @param {(text: string) => string} [made] @returns {Part[]} */
function split(pattern, body, type, made = (text) => text) {
  const [before, behind = ''] = pattern.split('{0}');
  return [...around(made(before), type), ...body, ...around(made(behind), type)];
}

/** Spaces at the edges are not part of the name. @param {string} text @param {string} type @returns {Part[]} */
function around(text, type) {
  const [, left, middle, right] = /^([\s\u200e\u200f]*)([^]*?)([\s\u200e\u200f]*)$/.exec(text) ?? ['', '', text, ''];
  return [
    { type: 'literal', value: left },
    { type, value: middle },
    { type: 'literal', value: right },
  ].filter(({ value }) => value);
}

/** @param {string} pattern */
function unquote(pattern) {
  return pattern.replace(/'([^']*)'/g, '$1');
}

/**
 * What stands before and behind the digits of a pattern, and how they are grouped.
 * @typedef {{ prefix: string, suffix: string, negative?: { prefix: string, suffix: string }, primary: number, secondary: number, compact?: boolean }} Affixes
 * @param {string} pattern @returns {Affixes}
 */
export function affixes(pattern) {
  const [positive, negative] = pattern.split(/;(?=(?:[^']*'[^']*')*[^']*$)/);
  const halves = (/** @type {string} */ text) => {
    const [, prefix, digits, suffix] = /^((?:'[^']*'|[^#0,.'])*)([#0,.]*(?:E\+?0+)?)([^]*)$/.exec(text) ?? [
      '',
      '',
      '',
      '',
    ];
    return { prefix, digits, suffix };
  };
  const { prefix, digits, suffix } = halves(positive);
  const groups = digits.split('.')[0].split(',');
  const primary = groups.length > 1 ? groups[groups.length - 1].length : 0;
  return {
    prefix,
    suffix,
    ...(negative && { negative: halves(negative) }),
    primary,
    secondary: groups.length > 2 ? groups[groups.length - 2].length : primary,
    compact: !digits.includes('#'),
  };
}

/** @param {any} format @param {Affixes} pattern @param {number} sign @param {Part[]} body @returns {Part[]} */
function fromPattern(format, pattern, sign, body) {
  let { prefix, suffix } = pattern;
  if (sign) {
    const own = pattern.negative;
    if (sign < 0 && own) ({ prefix, suffix } = own);
    else if (own && /-/.test(own.prefix + own.suffix)) {
      prefix = own.prefix.replace('-', '+');
      suffix = own.suffix.replace('-', '+');
    } else prefix = (sign < 0 ? '-' : '+') + prefix;
  }
  const before = affixParts(format, prefix, pattern.compact);
  const behind = affixParts(format, suffix, pattern.compact);
  space(before, behind, body);
  return [...before, ...body, ...behind];
}

/** https://www.unicode.org/reports/tr35/tr35-numbers.html#Currencies, currencySpacing @param {Part[]} before @param {Part[]} behind @param {Part[]} body */
function space(before, behind, body) {
  const digit = /^\p{Nd}/u;
  const last = before.at(-1);
  if (last?.type === 'currency' && /[^\p{S}\p{Z}]$/u.test(last.value) && body.length && digit.test(body[0].value))
    before.push({ type: 'literal', value: '\u00a0' });
  const first = behind[0];
  if (
    first?.type === 'currency' &&
    /^[^\p{S}\p{Z}]/u.test(first.value) &&
    body.length &&
    digit.test(body[body.length - 1].value)
  )
    behind.unshift({ type: 'literal', value: '\u00a0' });
}

/** @param {any} format @param {string} affix @param {boolean | undefined} compact @returns {Part[]} */
function affixParts(format, affix, compact) {
  if (!affix) return [];
  const { symbols } = format.system;
  /** @type {Part[]} */
  const parts = [];
  for (const token of affix.match(/'[^']*'|¤+|[-+%‰]|[^'¤+%‰-]+/g) ?? []) {
    if (token[0] === '¤') parts.push({ type: 'currency', value: symbolOf(format) });
    else if (token === '-') parts.push({ type: 'minusSign', value: symbols.minusSign });
    else if (token === '+') parts.push({ type: 'plusSign', value: symbols.plusSign });
    else if (token === '%') parts.push({ type: 'percentSign', value: symbols.percentSign });
    else if (compact) {
      const text = unquote(token);
      const last = parts.at(-1);
      if (last?.type === 'compact' && !/^\s/.test(text)) last.value += text;
      else parts.push(...around(text, 'compact'));
    } else parts.push({ type: 'literal', value: unquote(token) });
  }
  return parts;
}

/** @param {any} format @returns {string} */
function symbolOf({ currency, currencyDisplay, data }) {
  if (currencyDisplay === 'code') return currency;
  const { names, narrow } = core.table('currencies', data);
  const symbol = names[currency]?.[0] ?? currency;
  return currencyDisplay === 'narrowSymbol' ? (narrow?.[currency] ?? symbol) : symbol;
}

/** Digits of a number as PluralRules counts them. @param {any} format @param {any} value @returns {Shown & { special: boolean }} */
export function countedDigits(format, value) {
  const number = decimal(value);
  return { ...shape(format, number), special: number.special !== undefined };
}
