// The pattern of a locale that comes nearest to the fields that are asked for.
// https://www.unicode.org/reports/tr35/tr35-dates.html#Matching_Skeletons, in the steps of ICU's DateTimePatternGenerator,
// which browsers and Node use: what the standard leaves open is decided as there.

export const ERA = 0;
export const YEAR = 1;
export const MONTH = 3;
export const WEEKDAY = 6;
export const DAY = 9;
export const PERIOD = 10;
export const HOUR = 11;
export const MINUTE = 12;
export const SECOND = 13;
export const FRACTION = 14;
export const ZONE = 15;
const FIELDS = 16;
const DATE_MASK = (1 << PERIOD) - 1;
const TIME_MASK = ((1 << FIELDS) - 1) & ~DATE_MASK;

const NUMERIC = 0x100;
const NARROW = -0x101;
const SHORTER = -0x102;
const SHORT = -0x103;
const LONG = -0x104;
const DELTA = 0x10;

/** Letter, field, type, how few and how many of it. @type {[string, number, number, number, number][]} */
const TYPES = [
  ['G', ERA, SHORT, 1, 3],
  ['G', ERA, LONG, 4, 4],
  ['G', ERA, NARROW, 5, 5],
  ['y', YEAR, NUMERIC, 1, 20],
  ['Y', YEAR, NUMERIC + DELTA, 1, 20],
  ['u', YEAR, NUMERIC + 2 * DELTA, 1, 20],
  ['r', YEAR, NUMERIC + 3 * DELTA, 1, 20],
  ['U', YEAR, SHORT, 1, 3],
  ['U', YEAR, LONG, 4, 4],
  ['U', YEAR, NARROW, 5, 5],
  ['M', MONTH, NUMERIC, 1, 2],
  ['M', MONTH, SHORT, 3, 3],
  ['M', MONTH, LONG, 4, 4],
  ['M', MONTH, NARROW, 5, 5],
  ['L', MONTH, NUMERIC + DELTA, 1, 2],
  ['L', MONTH, SHORT - DELTA, 3, 3],
  ['L', MONTH, LONG - DELTA, 4, 4],
  ['L', MONTH, NARROW - DELTA, 5, 5],
  ['E', WEEKDAY, SHORT, 1, 3],
  ['E', WEEKDAY, LONG, 4, 4],
  ['E', WEEKDAY, NARROW, 5, 5],
  ['E', WEEKDAY, SHORTER, 6, 6],
  ['c', WEEKDAY, NUMERIC + 2 * DELTA, 1, 2],
  ['c', WEEKDAY, SHORT - 2 * DELTA, 3, 3],
  ['c', WEEKDAY, LONG - 2 * DELTA, 4, 4],
  ['c', WEEKDAY, NARROW - 2 * DELTA, 5, 5],
  ['c', WEEKDAY, SHORTER - 2 * DELTA, 6, 6],
  ['e', WEEKDAY, NUMERIC + DELTA, 1, 2],
  ['e', WEEKDAY, SHORT - DELTA, 3, 3],
  ['e', WEEKDAY, LONG - DELTA, 4, 4],
  ['e', WEEKDAY, NARROW - DELTA, 5, 5],
  ['d', DAY, NUMERIC, 1, 2],
  ['a', PERIOD, SHORT, 1, 3],
  ['a', PERIOD, LONG, 4, 4],
  ['a', PERIOD, NARROW, 5, 5],
  ['b', PERIOD, SHORT - DELTA, 1, 3],
  ['b', PERIOD, LONG - DELTA, 4, 4],
  ['b', PERIOD, NARROW - DELTA, 5, 5],
  ['B', PERIOD, SHORT - 3 * DELTA, 1, 3],
  ['B', PERIOD, LONG - 3 * DELTA, 4, 4],
  ['B', PERIOD, NARROW - 3 * DELTA, 5, 5],
  ['H', HOUR, NUMERIC + 10 * DELTA, 1, 2],
  ['k', HOUR, NUMERIC + 11 * DELTA, 1, 2],
  ['h', HOUR, NUMERIC, 1, 2],
  ['K', HOUR, NUMERIC + DELTA, 1, 2],
  ['m', MINUTE, NUMERIC, 1, 2],
  ['s', SECOND, NUMERIC, 1, 2],
  ['S', FRACTION, NUMERIC, 1, 1000],
  ['v', ZONE, SHORT - 2 * DELTA, 1, 1],
  ['v', ZONE, LONG - 2 * DELTA, 4, 4],
  ['z', ZONE, SHORT, 1, 3],
  ['z', ZONE, LONG, 4, 4],
  ['Z', ZONE, NARROW - DELTA, 1, 3],
  ['Z', ZONE, LONG - DELTA, 4, 4],
  ['Z', ZONE, SHORT - DELTA, 5, 5],
  ['O', ZONE, SHORT - DELTA, 1, 1],
  ['O', ZONE, LONG - DELTA, 4, 4],
];

/** Each alone, for what no pattern has. */
const CANONICAL = ['G', 'y', 'M', 'E', 'd', 'a', 'H', 'm', 's', 'S', 'v'];

const APPEND = [
  'Era',
  'Year',
  '',
  'Month',
  '',
  '',
  'Day-Of-Week',
  '',
  '',
  'Day',
  '',
  'Hour',
  'Minute',
  'Second',
  '',
  'Timezone',
];
const FIELD_NAMES = [
  'era',
  'year',
  '',
  'month',
  '',
  '',
  'weekday',
  '',
  '',
  'day',
  '',
  'hour',
  'minute',
  'second',
  '',
  'zone',
];

/**
 * The fields of a skeleton: the type of each, its letter, how often.
 * @typedef {{ types: number[], letters: string[], lengths: number[], mask: number }} Skeleton
 * @typedef {{ skeleton: Skeleton, pattern: string, stated: boolean, base: string }} Entry
 */

/** Fields that were looked for before. @type {Map<string, [string, number, number, number, number] | undefined>} */
const types = new Map();

/** @param {string} field letters of one kind */
function typeOf(field) {
  if (!types.has(field)) types.set(field, lookedUp(field));
  return types.get(field);
}

/** @param {string} field */
function lookedUp(field) {
  const letter = field[0];
  let last;
  for (const type of TYPES) {
    if (type[0] !== letter) continue;
    last = type;
    if (field.length >= type[3] && field.length <= type[4]) return type;
  }
  return last;
}

/** Literals and runs of a letter. @param {string} pattern @returns {string[]} */
export function tokens(pattern) {
  return pattern.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+/g) ?? [];
}

/** @param {string} token */
export function isField(token) {
  return /^[A-Za-z]/.test(token);
}

/** @param {string} pattern @returns {{ skeleton: Skeleton, base: string }} */
export function skeletonOf(pattern) {
  /** @type {Skeleton} */
  const skeleton = { types: Array(FIELDS).fill(0), letters: [], lengths: [], mask: 0 };
  /** @type {string[]} */
  const bases = [];
  const put = (/** @type {[string, number, number, number, number]} */ type, /** @type {number} */ length) => {
    const [letter, field, number, least] = type;
    skeleton.types[field] = number > 0 ? number + length : number;
    skeleton.letters[field] = letter;
    skeleton.lengths[field] = length;
    bases[field] = letter.repeat(least);
  };
  for (const token of tokens(pattern)) {
    const type = isField(token) ? typeOf(token) : undefined;
    if (type) put(type, token.length);
  }
  // A part of the day belongs to hours to twelve, and is understood with them.
  const hour = skeleton.letters[HOUR];
  if (hour === 'h' || hour === 'K') {
    if (!skeleton.types[PERIOD]) put(/** @type {any} */ (typeOf('a')), 1);
  } else if (hour && skeleton.types[PERIOD]) {
    skeleton.types[PERIOD] = 0;
    delete skeleton.letters[PERIOD];
    delete skeleton.lengths[PERIOD];
    delete bases[PERIOD];
  }
  for (let i = 0; i < FIELDS; i++) if (skeleton.types[i]) skeleton.mask |= 1 << i;
  return { skeleton, base: bases.join('') };
}

/** @param {Skeleton} skeleton */
function text({ letters, lengths }) {
  let result = '';
  for (let i = 0; i < FIELDS; i++) if (letters[i]) result += letters[i].repeat(lengths[i]);
  return result;
}

/** The patterns of one locale and calendar. */
export class Patterns {
  /** @type {Entry[]} */
  #entries = [];
  /** @type {Map<string, Entry>} */
  #byBase = new Map();
  /** @type {Map<string, Entry>} */
  #bySkeleton = new Map();
  #table;
  #clock;
  #missing = 0;
  /** @type {Skeleton | undefined} */
  #stated;
  /** @type {Map<string, string>} */
  #found = new Map();

  /** @param {any} table of the calendar @param {any} clock of the kind `dates` */
  constructor(table, clock) {
    this.#table = table;
    this.#clock = clock;
    for (const letter of CANONICAL) this.#add(letter, undefined, false);
    const { patterns } = table;
    for (let i = 0; i < 4; i++) {
      this.#add(patterns[4 + i], undefined, false);
      this.#add(patterns[i], undefined, false);
    }
    for (const skeleton of Object.keys(table.available)) this.#add(table.available[skeleton], skeleton, true);
    this.#entries.sort((a, b) => (a.base[0] < b.base[0] ? -1 : a.base[0] > b.base[0] ? 1 : 0));
  }

  /** @param {string} pattern @param {string | undefined} stated @param {boolean} override */
  #add(pattern, stated, override) {
    const { skeleton, base } = skeletonOf(stated ?? pattern);
    const key = text(skeleton);
    const ofBase = this.#byBase.get(base);
    if (ofBase && (!ofBase.stated || (stated !== undefined && !override)) && !override) return;
    const same = this.#bySkeleton.get(key);
    if (same && (!override || (stated !== undefined && same.stated))) return;
    if (same) {
      same.pattern = pattern;
      same.stated = stated !== undefined;
      return;
    }
    const entry = { skeleton, pattern, stated: stated !== undefined, base };
    this.#entries.push(entry);
    this.#bySkeleton.set(key, entry);
    if (!ofBase) this.#byBase.set(base, entry);
  }

  /** @param {string} skeleton @returns {string} */
  best(skeleton) {
    let found = this.#found.get(skeleton);
    if (found === undefined) this.#found.set(skeleton, (found = this.#best(skeletonOf(skeleton).skeleton)));
    return found;
  }

  /** @param {Skeleton} asked */
  #best(asked) {
    const { pattern, extra } = this.#nearest(asked, -1);
    if (!this.#missing && !extra) return this.#adjusted(pattern, asked, false);
    const date = this.#appended(asked, asked.mask & DATE_MASK);
    const time = this.#appended(asked, asked.mask & TIME_MASK);
    if (!date) return time;
    if (!time) return date;
    const month = asked.lengths[MONTH] ?? 0;
    const style = month === 4 ? (asked.types[WEEKDAY] ? 0 : 1) : month === 3 ? 2 : 3;
    return filled(this.joint(style), time, date);
  }

  /** What joins date and time in a style from full to short. @param {number} style @returns {string} */
  joint(style) {
    const { patterns } = this.#table;
    const atTime = this.#table.atTime ?? this.#clock.atTime;
    return atTime?.[style] ?? patterns[9 + style] ?? patterns[8];
  }

  /** @param {Skeleton} asked @param {number} include */
  #nearest(asked, include) {
    let least = Infinity;
    let pattern = '';
    let extra = 0;
    let missing = -1;
    for (const entry of this.#entries) {
      let distance = 0;
      let more = 0;
      let lacks = 0;
      for (let i = 0; i < FIELDS; i++) {
        const mine = include & (1 << i) ? asked.types[i] : 0;
        const other = entry.skeleton.types[i];
        if (mine === other) continue;
        if (!mine) {
          distance += 0x10000;
          more |= 1 << i;
        } else if (!other) {
          distance += 0x1000;
          lacks |= 1 << i;
        } else distance += Math.abs(mine - other);
      }
      if (distance < least || (distance === least && missing < lacks)) {
        least = distance;
        pattern = entry.pattern;
        this.#stated = entry.stated ? entry.skeleton : undefined;
        extra = more;
        missing = lacks;
        if (!distance) break;
      }
    }
    this.#missing = missing;
    return { pattern, extra };
  }

  /** @param {Skeleton} asked @param {number} fields */
  #appended(asked, fields) {
    if (!fields) return '';
    let result = this.#adjusted(this.#nearest(asked, fields).pattern, asked, false);
    while (this.#missing) {
      const second = (1 << SECOND) | (1 << FRACTION);
      if ((this.#missing & second) === 1 << FRACTION && (fields & second) === second) {
        result = this.#adjusted(result, asked, true);
        this.#missing &= ~(1 << FRACTION);
        continue;
      }
      const before = this.#missing;
      const more = this.#adjusted(this.#nearest(asked, before).pattern, asked, false);
      const found = before & ~this.#missing;
      if (!found) return result;
      const top = 31 - Math.clz32(found);
      const name = (this.#clock.fields[FIELD_NAMES[top]] ?? '').replaceAll("'", "''");
      result = filled(this.#table.append[APPEND[top]] ?? '{0} \u251c{2}: {1}\u2524', result, more, `'${name}'`);
    }
    return result;
  }

  /** The pattern with the letters and lengths that were asked for. @param {string} pattern @param {Skeleton} asked @param {boolean} fraction */
  #adjusted(pattern, asked, fraction) {
    const stated = this.#stated;
    let result = '';
    for (const token of tokens(pattern)) {
      const type = isField(token) ? typeOf(token) : undefined;
      if (!type) {
        result += token;
        continue;
      }
      const field = type[1];
      if (fraction && field === SECOND) {
        result += `${token}${quoted(this.#clock.decimal)}${'S'.repeat(asked.lengths[FRACTION])}`;
        continue;
      }
      if (!asked.types[field]) {
        result += token;
        continue;
      }
      const letter = asked.letters[field];
      let wanted = asked.lengths[field];
      if (letter === 'E' && wanted < 3) wanted = 3;
      let length = wanted;
      if (field === MINUTE || field === SECOND) length = token.length;
      else if (stated && letter !== 'c' && letter !== 'e') {
        const numeric = type[2] > 0;
        if (stated.lengths[field] === wanted || numeric !== asked.types[field] > 0) length = token.length;
      }
      const keeps = field === HOUR || field === MONTH || field === WEEKDAY || (field === YEAR && letter !== 'Y');
      result += (keeps ? token[0] : letter).repeat(length);
    }
    return result;
  }
}

/** @param {string} literal */
function quoted(literal) {
  return /[A-Za-z]/.test(literal) ? `'${literal}'` : literal;
}

/** @param {string} pattern @param {...string} values */
export function filled(pattern, ...values) {
  return pattern.replace(/\{(\d)\}/g, (_, i) => values[i] ?? '');
}
