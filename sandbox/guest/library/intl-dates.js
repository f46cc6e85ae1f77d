// Intl.DateTimeFormat, and what dates show of themselves.
import { create, DateTimeFormat as Format, text } from './intl/date-format.js';

const core = runtime.module('intl-core');

/** The standard lets it be called without `new`. */
export const DateTimeFormat = core.callable(Format, 'DateTimeFormat');

/** Formats that were made without options of one's own: by what they were made for. @type {Map<string, any>} */
const plain = new Map();

/**
 * https://tc39.es/ecma402/#sup-date.prototype.tolocalestring
 * @param {number} time @param {any} locales @param {any} options @param {'any' | 'date' | 'time'} required @param {'all' | 'date' | 'time'} defaults
 */
export function localeText(time, locales, options, required, defaults) {
  if (Number.isNaN(time)) return 'Invalid Date';
  let format;
  if (options === undefined && (locales === undefined || typeof locales === 'string')) {
    const key = `${locales} ${required}`;
    format = plain.get(key);
    if (!format) {
      if (plain.size > 100) plain.clear();
      plain.set(key, (format = create(locales, options, required, defaults)));
    }
  } else format = create(locales, options, required, defaults);
  return text(format, time);
}
