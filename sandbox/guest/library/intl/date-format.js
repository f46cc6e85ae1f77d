// https://tc39.es/ecma402/#datetimeformat-objects
import { CALENDARS, fieldsOf } from './calendars.js';
import { rangePattern } from './date-ranges.js';
import { filled, isField, Patterns, skeletonOf, tokens } from './skeletons.js';
import { zoneName, zoneNamed } from './zones.js';

const core = runtime.module('intl-core');
const { coerced, isNumbering, joined, numberOption, option, table } = core;

const NAME = 'Intl.DateTimeFormat';
const LARGEST_MS = 8.64e15;
const STYLES = ['full', 'long', 'medium', 'short'];
const WORDS = ['narrow', 'short', 'long'];
const DIGITS = ['2-digit', 'numeric'];
const CYCLES = /** @type {Record<string, string>} */ ({ h11: 'K', h12: 'h', h23: 'H', h24: 'k' });

/** Letters of skeletons for the values of options. @type {[string, Record<string, string>][]} */
const LETTERS = [
  ['weekday', { narrow: 'EEEEE', short: 'EEE', long: 'EEEE' }],
  ['era', { narrow: 'GGGGG', short: 'GGG', long: 'GGGG' }],
  ['year', { '2-digit': 'yy', numeric: 'y' }],
  ['month', { '2-digit': 'MM', numeric: 'M', narrow: 'MMMMM', short: 'MMM', long: 'MMMM' }],
  ['day', { '2-digit': 'dd', numeric: 'd' }],
  ['dayPeriod', { narrow: 'BBBBB', short: 'B', long: 'BBBB' }],
  ['hour', { '2-digit': 'jj', numeric: 'j' }],
  ['minute', { '2-digit': 'mm', numeric: 'm' }],
  ['second', { '2-digit': 'ss', numeric: 's' }],
];
const ZONE_LETTERS = /** @type {Record<string, string>} */ ({
  short: 'z',
  long: 'zzzz',
  shortOffset: 'O',
  longOffset: 'OOOO',
  shortGeneric: 'v',
  longGeneric: 'vvvv',
});

/** Options by the letters of the pattern that was found. @type {Record<string, [string, ...string[]]>} */
const SHOWN = {
  E: ['weekday'],
  c: ['weekday'],
  G: ['era'],
  y: ['year'],
  U: ['year'],
  r: ['year'],
  M: ['month'],
  L: ['month'],
  d: ['day'],
  B: ['dayPeriod'],
  b: ['dayPeriod'],
  H: ['hour'],
  h: ['hour'],
  K: ['hour'],
  k: ['hour'],
  m: ['minute'],
  s: ['second'],
};

/** The patterns of each table, made once. @type {Map<string, Patterns>} */
const made = new Map();

const slots = new core.Slots(NAME);

/** @param {any} locales @param {any} given @param {'any' | 'date' | 'time'} required @param {'date' | 'time' | 'all'} defaults */
export function create(locales, given, required, defaults) {
  const list = core.canonicalList(locales);
  const options = coerced(given);
  const text = (/** @type {string} */ name, /** @type {readonly string[] | undefined} */ values) =>
    option(options, name, 'string', values, undefined, NAME);
  text('localeMatcher', core.MATCHERS);
  const calendar = core.typeOption(options, 'calendar', 'calendar');
  const numbering = core.typeOption(options, 'numberingSystem', 'numberingSystem');
  const hour12 = option(options, 'hour12', 'boolean', undefined, undefined, NAME);
  let hourCycle = text('hourCycle', Object.keys(CYCLES));
  if (hour12 !== undefined) hourCycle = undefined;
  const { locale, data, keywords } = core.resolve(
    list,
    {
      ca: calendar === 'gregorian' ? 'gregory' : calendar,
      nu: numbering,
      hc: hour12 === undefined ? hourCycle : undefined,
    },
    {
      ca: (/** @type {string} */ value) => CALENDARS.includes(value),
      nu: isNumbering,
      hc: (/** @type {string} */ value) => hour12 === undefined && value in CYCLES,
    },
  );
  const zone = timeZone(options.timeZone);
  const dates = table('dates', data);
  const asked = /** @type {Record<string, any>} */ ({});
  for (const [name, letters] of LETTERS) {
    asked[name] = text(name, name === 'month' ? [...DIGITS, ...WORDS] : 'numeric' in letters ? DIGITS : WORDS);
  }
  asked.fractionalSecondDigits = numberOption(options, 'fractionalSecondDigits', 1, 3, undefined);
  asked.timeZoneName = text('timeZoneName', Object.keys(ZONE_LETTERS));
  text('formatMatcher', ['basic', 'best fit']);
  const dateStyle = text('dateStyle', STYLES);
  const timeStyle = text('timeStyle', STYLES);

  const used = keywords.ca ?? calendarOf(dates);
  /** @type {any} */
  const format = {
    locale,
    data,
    calendar: used,
    numberingSystem: keywords.nu ?? dates.numbering,
    digits: undefined,
    zone,
    hourCycle: undefined,
    dateStyle,
    timeStyle,
    dates: tableOf(data, used),
    clock: dates,
    pattern: '',
    asked,
    bound: undefined,
  };
  format.digits = core.digitsOf(format.numberingSystem);
  const preferred = cycleOf(dates.hours.preferred);
  const cycle = hour12 === undefined ? (keywords.hc ?? preferred) : clockOf(hour12, preferred);
  const patterns = patternsOf(format);
  format.patterns = patterns;
  if (dateStyle !== undefined || timeStyle !== undefined) {
    refuseFields(asked, required, dateStyle, timeStyle);
    format.pattern = styled(
      format,
      patterns,
      dateStyle,
      timeStyle,
      cycle,
      hour12 !== undefined || keywords.hc !== undefined,
    );
  } else {
    setDefaults(asked, required, defaults);
    const letter = CYCLES[cycle];
    let skeleton = LETTERS.map(([name, letters]) => (asked[name] === undefined ? '' : letters[asked[name]])).join('');
    skeleton =
      skeleton.replace(/j/g, letter) +
      'S'.repeat(asked.fractionalSecondDigits ?? 0) +
      (asked.timeZoneName ? ZONE_LETTERS[asked.timeZoneName] : '');
    format.pattern = withCycle(patterns.best(skeleton), letter);
  }
  format.skeleton = skeletonLetters(format.pattern);
  format.tokens = tokens(format.pattern);
  if (/[hHkK]/.test(unquoted(format.pattern))) format.hourCycle = cycle;
  return format;
}

/** @param {any} value */
function timeZone(value) {
  const name = value === undefined ? 'UTC' : `${value}`;
  const zone = zoneNamed(name);
  if (!zone) throw new RangeError(`Invalid time zone specified: ${name.slice(0, 100)}`);
  return zone;
}

/** @param {any} dates */
function calendarOf({ calendars }) {
  return calendars.find((/** @type {string} */ name) => CALENDARS.includes(name)) ?? 'gregory';
}

/** @param {string} data @param {string} calendar */
function tableOf(data, calendar) {
  return table(calendar === 'gregory' || calendar === 'iso8601' ? 'dates' : `dates-${calendar}`, data);
}

/** @param {any} format @returns {Patterns} */
function patternsOf({ data, calendar, dates, clock, numberingSystem }) {
  const key = `${data} ${calendar} ${numberingSystem}`;
  let patterns = made.get(key);
  if (!patterns) {
    if (made.size > 100) made.clear();
    made.set(key, (patterns = new Patterns(dates, clock)));
  }
  return patterns;
}

/** @param {string} letter */
function cycleOf(letter) {
  return Object.keys(CYCLES).find((cycle) => CYCLES[cycle] === letter) ?? 'h23';
}

/** @param {boolean} twelve @param {string} preferred */
function clockOf(twelve, preferred) {
  if (twelve) return preferred === 'h11' || preferred === 'h12' ? preferred : 'h12';
  return preferred === 'h23' || preferred === 'h24' ? preferred : 'h23';
}

/** @param {Record<string, any>} asked @param {string} required @param {any} dateStyle @param {any} timeStyle */
function refuseFields(asked, required, dateStyle, timeStyle) {
  for (const name of Object.keys(asked)) {
    if (asked[name] !== undefined)
      throw new TypeError(
        `Can't set option ${name} when ${dateStyle !== undefined ? 'dateStyle' : 'timeStyle'} is used`,
      );
  }
  if (required === 'date' && timeStyle !== undefined) throw new TypeError('Invalid option : timeStyle');
  if (required === 'time' && dateStyle !== undefined) throw new TypeError('Invalid option : dateStyle');
}

/** https://tc39.es/ecma402/#sec-getdatetimeformat @param {Record<string, any>} asked @param {string} required @param {string} defaults */
function setDefaults(asked, required, defaults) {
  const has = (/** @type {string[]} */ ...names) => names.some((name) => asked[name] !== undefined);
  const date = has('weekday', 'year', 'month', 'day');
  const time = has('dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits');
  if (required === 'date' ? date : required === 'time' ? time : date || time) return;
  if (defaults !== 'time') asked.year = asked.month = asked.day = 'numeric';
  if (defaults !== 'date') asked.hour = asked.minute = asked.second = 'numeric';
}

/** @param {any} format @param {Patterns} patterns @param {any} dateStyle @param {any} timeStyle @param {string} cycle @param {boolean} chosen */
function styled(format, patterns, dateStyle, timeStyle, cycle, chosen) {
  const of = format.dates.patterns;
  const date = dateStyle && of[4 + STYLES.indexOf(dateStyle)];
  const time = timeStyle && of[STYLES.indexOf(timeStyle)];
  const whole = date && time ? filled(patterns.joint(STYLES.indexOf(dateStyle)), time, date) : (date ?? time);
  const letter = /[hHkK]/.exec(unquoted(whole))?.[0];
  if (!chosen || !letter || letter === CYCLES[cycle]) return whole;
  const skeleton = skeletonLetters(whole).replace(/[hHkK]+/, (/** @type {string} */ hours) =>
    CYCLES[cycle].repeat(hours.length),
  );
  return withCycle(patterns.best(skeleton), CYCLES[cycle]);
}

/** @param {string} pattern */
function skeletonLetters(pattern) {
  const { letters, lengths } = skeletonOf(pattern).skeleton;
  return letters.map((letter, i) => (letter === 'a' ? '' : letter.repeat(lengths[i]))).join('');
}

/** @param {string} pattern @param {string} letter */
function withCycle(pattern, letter) {
  return tokens(pattern)
    .map((token) => (/^[hHkK]/.test(token) ? letter.repeat(token.length) : token))
    .join('');
}

/** @param {string} pattern */
function unquoted(pattern) {
  return pattern.replace(/'[^']*'/g, '');
}

/** https://tc39.es/ecma402/#sec-partitiondatetimepattern @param {any} format @param {any} date @returns {{ type: string, value: string }[]} */
export function parts(format, date) {
  const time = moment(date);
  const fields = local(format, time);
  /** @type {{ type: string, value: string }[]} */
  const result = [];
  for (const token of format.tokens) push(result, ...part(format, token, fields, time));
  return result;
}

/** With common spaces, as Node gives a whole text: programs look for the one before AM. @param {any} format @param {any} date */
export function text(format, date) {
  return joined(parts(format, date)).replaceAll('\u202f', ' ');
}

/** @param {any} date */
export function moment(date) {
  const time = date === undefined ? Date.now() : Number(date);
  if (!(Math.abs(time) <= LARGEST_MS)) throw new RangeError('Invalid time value');
  return Math.trunc(time) + 0;
}

/** @param {any} format @param {number} time */
export function local(format, time) {
  return fieldsOf(time + format.zone.offset(time)[0] * 1000, format.calendar);
}

/** @param {any[]} parts @param {string} type @param {string} value */
export function push(parts, type, value) {
  const last = parts.at(-1);
  if (type === 'literal' && last?.type === 'literal') last.value += value;
  else if (value !== '' || type !== 'literal') parts.push({ type, value });
}

/** @param {any} format @param {string} token @param {import('./calendars.js').Fields} fields @param {number} time @returns {[string, string]} */
export function part(format, token, fields, time) {
  if (!isField(token))
    return ['literal', token[0] === "'" ? (token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'")) : token];
  const length = token.length;
  const { dates } = format;
  switch (token[0]) {
    case 'G':
      return ['era', named(dates.eras, length)[fields.era] ?? named(dates.eras, 3)[fields.era] ?? ''];
    case 'y':
      if (format.calendar === 'japanese') return ['year', number(format, fields.year, 1)];
      return ['year', number(format, length === 2 ? fields.year % 100 : fields.year, length)];
    case 'U':
    case 'r':
      return ['year', number(format, fields.year, 1)];
    case 'M':
    case 'L':
      if (length < 3) return ['month', number(format, fields.month + 1, length)];
      return ['month', named(dates.months[token[0] === 'M' ? 'format' : 'stand-alone'], length)[fields.month]];
    case 'E':
    case 'c':
      return ['weekday', named(dates.days[token[0] === 'E' ? 'format' : 'stand-alone'], length)[fields.weekday]];
    case 'd':
      return ['day', number(format, fields.day, length)];
    case 'a':
      return ['dayPeriod', halves(format.clock, length)[fields.hour < 12 ? 0 : 1]];
    case 'b':
    case 'B':
      return ['dayPeriod', dayPeriod(format, fields, length)];
    case 'H':
      return ['hour', number(format, fields.hour, length)];
    case 'k':
      return ['hour', number(format, fields.hour || 24, length)];
    case 'h':
      return ['hour', number(format, fields.hour % 12 || 12, length)];
    case 'K':
      return ['hour', number(format, fields.hour % 12, length)];
    case 'm':
      return ['minute', number(format, fields.minute, length)];
    case 's':
      return ['second', number(format, fields.second, length)];
    case 'S':
      return ['fractionalSecond', number(format, Math.trunc(fields.millisecond / 10 ** (3 - length)), length)];
  }
  const digits = (/** @type {number} */ value, /** @type {number} */ least) => number(format, value, least);
  const region = (/** @type {string} */ code) => table('names', format.data).regions?.[code] ?? code;
  return ['timeZoneName', zoneName(format.zone, time, token, table('zones', format.data), digits, region)];
}

/** @param {any} names @param {number} length */
function named(names, length) {
  return (
    (length === 5 ? names.narrow : length === 4 ? names.wide : length === 6 ? names.short : names.abbreviated) ??
    names.abbreviated ??
    names.wide
  );
}

/** @param {any} format @param {number} value @param {number} least */
function number({ digits }, value, least) {
  const text = String(value).padStart(least, '0');
  return digits ? text.replace(/\d/g, (digit) => digits[Number(digit)]) : text;
}

/** https://www.unicode.org/reports/tr35/tr35-dates.html#Day_Period_Rule_Sets @param {any} format @param {import('./calendars.js').Fields} fields @param {number} length */
function dayPeriod(format, { hour, minute, second }, length) {
  const { rules } = format.clock;
  const names = named(format.clock.periods.format, length === 5 ? 5 : length === 4 ? 4 : 3);
  const shows = (/** @type {string} */ letter) => unquoted(format.pattern).includes(letter);
  const exact = (!shows('m') || minute === 0) && (!shows('s') || second === 0);
  if (hour === 12 && exact && rules?.noon && names.noon) return names.noon;
  for (const name of Object.keys(rules ?? {})) {
    const { from, before } = rules[name];
    if (from === undefined || !names[name]) continue;
    const start = parseInt(from);
    const end = parseInt(before);
    if (start < end ? hour >= start && hour < end : hour >= start || hour < end) return names[name];
  }
  return halves(format.clock, length)[hour < 12 ? 0 : 1];
}

/** AM and PM. @param {any} clock @param {number} length */
function halves({ halves, widely, narrowly }, length) {
  return length === 5 ? narrowly : length === 4 ? widely : halves;
}

export class DateTimeFormat {
  /** @param {any} [locales] @param {any} [options] */
  constructor(locales, options) {
    slots.set(this, create(locales, options, 'any', 'date'));
  }

  get format() {
    const format = slots.of(this, 'format');
    return (format.bound ??= bound((/** @type {any} */ date) => text(format, date)));
  }

  /** @param {any} date */
  formatToParts(date) {
    return parts(slots.of(this, 'formatToParts'), date);
  }

  /** @param {any} start @param {any} end */
  formatRange(start, end) {
    const format = slots.of(this, 'formatRange');
    const all = this.formatRangeToParts(start, end);
    return all.every((part) => part.source === 'shared') ? text(format, start) : joined(all);
  }

  /** @param {any} start @param {any} end @returns {{ type: string, value: string, source: string }[]} */
  formatRangeToParts(start, end) {
    const format = slots.of(this, 'formatRangeToParts');
    if (start === undefined || end === undefined) throw new TypeError('startDate or endDate cannot be undefined');
    const [from, to] = [moment(start), moment(end)];
    const fields = [local(format, from), local(format, to)];
    const pieces = rangePattern(format, fields[0], fields[1]);
    /** @type {any[]} */
    const result = [];
    if (!pieces) {
      for (const one of parts(format, from)) result.push({ ...one, source: 'shared' });
      return result;
    }
    for (const [token, source] of pieces) {
      const which = source === 'endRange' ? 1 : 0;
      const [type, value] = part(format, token, fields[which], which ? to : from);
      const last = result.at(-1);
      if (type === 'literal' && last?.type === 'literal' && last.source === source) last.value += value;
      else result.push({ type, value, source });
    }
    return result;
  }

  resolvedOptions() {
    const { locale, calendar, numberingSystem, zone, hourCycle, dateStyle, timeStyle, asked, pattern } = slots.of(
      this,
      'resolvedOptions',
    );
    /** @type {Record<string, any>} */
    const shown = { locale, calendar, numberingSystem, timeZone: zone.name };
    if (hourCycle) {
      shown.hourCycle = hourCycle;
      shown.hour12 = hourCycle === 'h11' || hourCycle === 'h12';
    }
    if (dateStyle === undefined && timeStyle === undefined) Object.assign(shown, inPattern(pattern, asked));
    if (dateStyle !== undefined) shown.dateStyle = dateStyle;
    if (timeStyle !== undefined) shown.timeStyle = timeStyle;
    return shown;
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

/** What the pattern shows, in the order of the standard's table. @param {string} pattern @param {Record<string, any>} asked */
function inPattern(pattern, asked) {
  /** @type {Record<string, any>} */
  const found = {};
  for (const token of tokens(pattern)) {
    const name = isField(token) && SHOWN[token[0]]?.[0];
    if (!name || (name === 'era' && token.length < 3)) continue;
    const words = name === 'month' ? token.length > 2 : name === 'weekday' || name === 'era' || name === 'dayPeriod';
    found[name] = words
      ? token.length === 5
        ? 'narrow'
        : token.length === 4
          ? 'long'
          : 'short'
      : token.length === 2
        ? '2-digit'
        : 'numeric';
  }
  /** @type {Record<string, any>} */
  const ordered = {};
  for (const [name] of LETTERS) if (found[name]) ordered[name] = found[name];
  if (asked.fractionalSecondDigits) ordered.fractionalSecondDigits = asked.fractionalSecondDigits;
  if (asked.timeZoneName) ordered.timeZoneName = asked.timeZoneName;
  return ordered;
}

/** @param {(date: any) => string} format */
function bound(format) {
  Object.defineProperty(format, 'name', { value: '', configurable: true });
  return format;
}
