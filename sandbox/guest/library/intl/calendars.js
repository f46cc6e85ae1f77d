// What a moment is called in a calendar: era, year, month, day. https://tc39.es/ecma402/#sec-tolocaltime
const DAY_MS = 86_400_000;

/** First days of the eras since the year 1868, with their number among all eras. @type {[number, number, number, number][]} */
const JAPANESE = [
  [2019, 5, 1, 236],
  [1989, 1, 8, 235],
  [1926, 12, 25, 234],
  [1912, 7, 30, 233],
  [1868, 10, 23, 232],
];

/** Days from the beginning of 1970 to that of the Persian year 1. */
const PERSIAN_EPOCH = -492_268;

/** Days before each Persian month. */
const PERSIAN_MONTHS = [0, 31, 62, 93, 124, 155, 186, 216, 246, 276, 306, 336];

export const CALENDARS = ['gregory', 'iso8601', 'buddhist', 'japanese', 'roc', 'persian'];

/**
 * @typedef {{ era: number, year: number, month: number, day: number, weekday: number, hour: number, minute: number,
 *   second: number, millisecond: number }} Fields
 */

/** @param {number} local ms of local time @param {string} calendar @returns {Fields} */
export function fieldsOf(local, calendar) {
  const days = Math.floor(local / DAY_MS);
  const ms = local - days * DAY_MS;
  const [year, inYear, dayOfMonth] = civil(days);
  const [era, named, month, day] = dateIn(calendar, days, year, inYear, dayOfMonth);
  return {
    era,
    year: named,
    month,
    day,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(ms / 3_600_000),
    minute: Math.floor(ms / 60_000) % 60,
    second: Math.floor(ms / 1000) % 60,
    millisecond: ms % 1000,
  };
}

/** Year, month from zero, day. A local time may be outside what a Date holds. @param {number} days */
function civil(days) {
  const since = days + 719_468; // from the first of March of the year 0
  const era = Math.floor(since / 146_097);
  const ofEra = since - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 2 : fromMarch - 10;
  return [yearOfEra + era * 400 + (month < 2 ? 1 : 0), month, ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1];
}

/** @param {string} calendar @param {number} days @param {number} year @param {number} month @param {number} day */
function dateIn(calendar, days, year, month, day) {
  switch (calendar) {
    case 'buddhist':
      return [0, year + 543, month, day];
    case 'roc':
      return year > 1911 ? [1, year - 1911, month, day] : [0, 1912 - year, month, day];
    case 'japanese':
      for (const [first, firstMonth, firstDay, era] of JAPANESE) {
        if (days >= Date.UTC(first, firstMonth - 1, firstDay) / DAY_MS) return [era, year - first + 1, month, day];
      }
      break;
    case 'persian':
      return persian(days);
  }
  return year > 0 ? [1, year, month, day] : [0, 1 - year, month, day];
}

/** @param {number} days */
function persian(days) {
  const since = days - PERSIAN_EPOCH;
  const year = 1 + Math.floor((33 * since + 3) / 12_053);
  const rest = since - (365 * (year - 1) + Math.floor((8 * year + 21) / 33));
  const month = rest < 216 ? Math.floor(rest / 31) : Math.floor((rest - 6) / 30);
  return [0, year, month, rest - PERSIAN_MONTHS[month] + 1];
}
