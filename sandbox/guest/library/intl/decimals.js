// Numbers as decimal digits, rounded as https://tc39.es/ecma402/#sec-formatnumberstring says.

/**
 * 0.DIGITS times ten to the `point`; no digits for zero. A digit string has no leading and no trailing zeros.
 * @typedef {{ negative: boolean, digits: string, point: number, special?: 'nan' | 'infinity' }} Decimal
 */

/** A longer text is no number that anybody writes: its digits beyond are not looked at. */
const MOST_DIGITS = 10_000;

const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

/** https://tc39.es/ecma402/#sec-tointlmathematicalvalue @param {any} value @returns {Decimal} */
export function decimal(value) {
  if (typeof value === 'object' && value !== null) value = primitive(value);
  if (typeof value === 'bigint') return read(value.toString());
  if (typeof value === 'string') {
    const text = value.trim();
    if (text.length <= MOST_DIGITS && /\d/.test(text) && NUMBER.test(text)) {
      const number = read(text);
      if (Math.abs(number.point) <= MOST_DIGITS) return number;
    }
  }
  const number = Number(value);
  if (Number.isNaN(number)) return { negative: false, digits: '', point: 0, special: 'nan' };
  if (!Number.isFinite(number)) return { negative: number < 0, digits: '', point: 0, special: 'infinity' };
  return read(Object.is(number, -0) ? '-0' : String(number));
}

/** @param {any} value */
function primitive(value) {
  const convert = value[Symbol.toPrimitive];
  if (convert !== undefined && convert !== null) return convert.call(value, 'number');
  const first = value.valueOf();
  return typeof first === 'object' && first !== null ? value.toString() : first;
}

/** @param {string} text @returns {Decimal} */
function read(text) {
  const [, sign, whole, fraction, exponent = '0'] = /** @type {RegExpExecArray} */ (NUMBER.exec(text));
  return trimmed(sign === '-', whole + fraction, whole.length + Number(exponent));
}

/** @param {boolean} negative @param {string} digits @param {number} point @returns {Decimal} */
function trimmed(negative, digits, point) {
  const start = digits.search(/[1-9]/);
  if (start < 0) return { negative, digits: '', point: 0 };
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return { negative, digits: digits.slice(start, end), point: point - start };
}

/** @param {Decimal} value @param {number} places @returns {Decimal} */
export function shifted(value, places) {
  return value.digits ? { ...value, point: value.point + places } : value;
}

/** The power of ten of the first digit. @param {Decimal} value */
export function magnitude(value) {
  return value.digits ? value.point - 1 : 0;
}

/**
 * Rounded to a place: 2 is hundredths, -3 thousands.
 * @param {Decimal} value @param {number} place @param {string} mode @param {number} [increment] @returns {Decimal}
 */
export function rounded(value, place, mode, increment = 1) {
  if (value.special) return value;
  if (increment !== 1) return stepped(value, place, mode, increment);
  const kept = value.point + place;
  if (kept >= value.digits.length) return value;
  const head = kept > 0 ? value.digits.slice(0, kept) : '';
  const rest = kept < 0 ? '0' : value.digits.slice(kept);
  const half = rest[0] < '5' ? -1 : rest[0] > '5' || rest.length > 1 ? 1 : 0;
  const odd = head !== '' && Number(head.at(-1)) % 2 === 1;
  const text = up(mode, value.negative, half, odd) ? more(head || '0') : head;
  return trimmed(
    value.negative,
    text,
    text.length > Math.max(kept, 0) ? text.length - place : kept <= 0 ? -place : value.point,
  );
}

/** @param {Decimal} value @param {number} place @param {string} mode @param {number} increment */
function stepped(value, place, mode, increment) {
  const scale = value.digits.length - value.point - place;
  const unit = BigInt(increment) * 10n ** BigInt(Math.max(scale, 0));
  const number = BigInt(value.digits || '0') * 10n ** BigInt(Math.max(-scale, 0));
  const whole = number / unit;
  const rest = number % unit;
  if (rest === 0n) return value;
  const half = rest * 2n < unit ? -1 : rest * 2n > unit ? 1 : 0;
  const result = (up(mode, value.negative, half, whole % 2n === 1n) ? whole + 1n : whole) * BigInt(increment);
  const text = result.toString();
  return trimmed(value.negative, text, text.length - place);
}

/** @param {string} mode @param {boolean} negative @param {number} half below, at, above @param {boolean} odd */
function up(mode, negative, half, odd) {
  switch (mode) {
    case 'ceil':
      return !negative;
    case 'floor':
      return negative;
    case 'expand':
      return true;
    case 'trunc':
      return false;
    case 'halfCeil':
      return half > 0 || (half === 0 && !negative);
    case 'halfFloor':
      return half > 0 || (half === 0 && negative);
    case 'halfTrunc':
      return half > 0;
    case 'halfEven':
      return half > 0 || (half === 0 && odd);
  }
  return half >= 0;
}

/** @param {string} digits */
function more(digits) {
  let nines = 0;
  while (digits[digits.length - 1 - nines] === '9') nines++;
  const head = digits.slice(0, digits.length - nines) || '0';
  return head.slice(0, -1) + String(Number(head.at(-1)) + 1) + '0'.repeat(nines);
}

/**
 * Digits before and after the point.
 * @param {Decimal} value @param {number} integer @param {number} fraction how many at least @returns {[string, string]}
 */
export function written({ digits, point }, integer, fraction) {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '';
  const rest = point < 0 && digits ? '0'.repeat(-point) + digits : digits.slice(Math.max(point, 0));
  return [whole.padStart(integer, '0'), rest.padEnd(fraction, '0')];
}
