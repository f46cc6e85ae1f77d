// Time zones: what is added to universal time when, and what that is called.
// https://tc39.es/ecma262/#sec-time-zone-identifiers, https://www.unicode.org/reports/tr35/tr35-dates.html#Time_Zone_Names
import { zone as read } from './tables.js';

const OFFSET = /^([+-])([01]\d|2[0-3])(?::?([0-5]\d))?$/;
const DAY_MS = 86_400_000;
const HALF_A_YEAR_MS = 184 * DAY_MS;

/** The end of the year 9999, in minutes: no name is said to last longer. */
const LAST_NAMED = 4_223_371_679;

/** A time zone by its name or offset, or undefined. @param {string} name @returns {Zone | undefined} */
export function zoneNamed(name) {
  const offset = OFFSET.exec(name);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0);
    return new Zone(fixed(offset[1] === '-' ? -minutes : minutes));
  }
  const table = name.length <= 40 ? read(name) : undefined;
  return table && new Zone(table);
}

/** @param {number} minutes */
function fixed(minutes) {
  const sign = minutes < 0 ? '-' : '+';
  const two = (/** @type {number} */ value) => String(Math.trunc(value)).padStart(2, '0');
  const name = `${sign}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
  return { name, key: '', region: '', alone: false, at: [], kinds: [], offsets: [[minutes * 60, 0]], called: [] };
}

export class Zone {
  #table;

  /** @param {any} table */
  constructor(table) {
    this.#table = table;
  }

  get name() {
    return this.#table.name;
  }

  /** As the tables of names have it. */
  get key() {
    return this.#table.key;
  }

  get region() {
    return this.#table.region;
  }

  /** Whether its region has no other. */
  get alone() {
    return this.#table.alone;
  }

  /** Seconds east of Greenwich, and the part of it that is summer time. @param {number} time in ms @returns {[number, number]} */
  offset(time) {
    const { at, kinds, offsets, after } = this.#table;
    const seconds = Math.floor(time / 1000);
    if (after) {
      const year = new Date(time).getUTCFullYear();
      if (year >= after[0]) return byRule(time, year, after[1], after[2]);
    }
    let low = 0;
    let high = at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[middle] <= seconds) low = middle + 1;
      else high = middle;
    }
    const [raw, saved] = offsets[low ? kinds[low - 1] : 0];
    return [raw + saved, saved];
  }

  /** The metazone at a time, and whether this zone stands for it. @param {number} time @returns {[string, boolean] | undefined} */
  metazone(time) {
    const minutes = time / 60_000;
    for (const [name, golden, from = 0, to = LAST_NAMED] of this.#table.called) {
      if (minutes >= from && minutes < to) return [name, golden === 1];
    }
    return undefined;
  }

  /** Whether clocks are moved for summer about this time. @param {number} time */
  saves(time) {
    return (
      this.offset(time)[1] !== 0 ||
      this.offset(time - HALF_A_YEAR_MS)[1] !== 0 ||
      this.offset(time + HALF_A_YEAR_MS)[1] !== 0
    );
  }
}

/** https://github.com/unicode-org/icu/blob/main/icu4c/source/i18n/unicode/simpletz.h @param {number} time @param {number} year @param {number} raw @param {number[]} rule @returns {[number, number]} */
function byRule(time, year, raw, rule) {
  const [
    startMonth,
    startDay,
    startWeekday,
    startTime,
    startMode,
    endMonth,
    endDay,
    endWeekday,
    endTime,
    endMode,
    saved,
  ] = rule;
  const start = moment(year, startMonth, startDay, startWeekday, startTime, startMode, raw, 0);
  const end = moment(year, endMonth, endDay, endWeekday, endTime, endMode, raw, saved);
  const summer = start < end ? time >= start && time < end : time >= start || time < end;
  return summer ? [raw + saved, saved] : [raw, 0];
}

/** When clocks are moved in a year, in ms. @param {number} year @param {number} month @param {number} day @param {number} weekday @param {number} seconds @param {number} mode of the wall, standard, universal @param {number} raw @param {number} saved */
function moment(year, month, day, weekday, seconds, mode, raw, saved) {
  const first = Date.UTC(year, month, 1);
  let date;
  if (weekday === 0) date = day;
  else if (weekday > 0) {
    // The nth of a weekday, from the end when negative.
    const wanted = weekday - 1;
    if (day > 0) date = 1 + ((wanted - new Date(first).getUTCDay() + 7) % 7) + (day - 1) * 7;
    else {
      const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
      const last = new Date(Date.UTC(year, month, length)).getUTCDay();
      date = length - ((last - wanted + 7) % 7) + (day + 1) * 7;
    }
  } else {
    const wanted = -weekday - 1;
    const bound = new Date(Date.UTC(year, month, Math.abs(day))).getUTCDay();
    date = day > 0 ? day + ((wanted - bound + 7) % 7) : -day - ((bound - wanted + 7) % 7);
  }
  const local = first + (date - 1) * DAY_MS + seconds * 1000;
  return local - (mode === 2 ? 0 : raw * 1000) - (mode === 0 ? saved * 1000 : 0);
}

/**
 * The name of a zone in the style of a field: z, zzzz, O, OOOO, v, vvvv.
 * @param {Zone} zone @param {number} time @param {string} field @param {any} table of the kind `zones`
 * @param {(number: number, digits: number) => string} digits @param {(region: string) => string} regionName
 */
export function zoneName(zone, time, field, table, digits, regionName) {
  const long = field.length === 4;
  if (field[0] !== 'O' && zone.key) {
    const named = field[0] === 'z' ? specific(zone, time, long, table) : generic(zone, time, long, table, regionName);
    if (named) return named;
  }
  return fromGreenwich(zone.offset(time)[0], long, table, digits);
}

/** @param {Zone} zone @param {number} time @param {boolean} long @param {any} table */
function specific(zone, time, long, table) {
  const kind = (long ? 'l' : 's') + (zone.offset(time)[1] ? 'd' : 's');
  const own = table.names[zone.key]?.[kind];
  if (own) return own;
  const [metazone] = zone.metazone(time) ?? [];
  return metazone && table.names[`meta:${metazone}`]?.[kind];
}

/** @param {Zone} zone @param {number} time @param {boolean} long @param {any} table @param {(region: string) => string} regionName */
function generic(zone, time, long, table, regionName) {
  if (!zone.region || zone.region === '001') return undefined;
  const [metazone, golden] = zone.metazone(time) ?? [];
  const own = table.names[zone.key] ?? {};
  const meta = (metazone && table.names[`meta:${metazone}`]) || {};
  const kind = long ? 'lg' : 'sg';
  const standard = long ? 'ls' : 'ss';
  const steady = !zone.saves(time);
  const found =
    own[kind] ??
    (steady ? (own[standard] ?? meta[standard]) : undefined) ??
    (golden || steady ? meta[kind] : meta[kind]);
  if (found) return found;
  const place = zone.alone
    ? regionName(zone.region)
    : (own.ec ?? (zone.key.split(':').at(-1) ?? '').replaceAll('_', ' '));
  return table.regionFormat.replace('{0}', () => place);
}

/** @param {number} seconds @param {boolean} long @param {any} table @param {(number: number, digits: number) => string} digits */
function fromGreenwich(seconds, long, table, digits) {
  const { gmtFormat, hourFormat } = table;
  const [positive, negative] = hourFormat.split(';');
  const absolute = Math.abs(seconds);
  const hours = Math.trunc(absolute / 3600);
  const minutes = Math.trunc((absolute % 3600) / 60);
  const rest = Math.trunc(absolute % 60);
  const pattern = seconds < 0 ? negative : positive;
  const [, before, separator, behind] = /^(.*?)H+(.*?)mm(.*)$/.exec(pattern) ?? ['', seconds < 0 ? '-' : '+', ':', ''];
  let text = before + digits(hours, long ? 2 : 1);
  if (long || minutes || rest)
    text += separator + digits(minutes, 2) + (rest ? separator + digits(rest, 2) : '') + behind;
  return gmtFormat.replace('{0}', () => text);
}
