// https://w3c.github.io/hr-time/ and https://w3c.github.io/user-timing/ by the run's own clock, which stands still while the
// guest computes and moves when it waits. Its origin is a millisecond before the first look at it: an image must not hold a time, and no time is 0.
import { coded, illegalConstructor, invalidArgument, needs } from './web/errors.js';
import { expose } from './web/interface.js';

const { EventTarget } = /** @type {typeof import('./event-target.js')} */ (runtime.module('event-target'));
const OURS = Symbol();
/** @type {number | undefined} */
let origin;

/** @returns {number} milliseconds since the epoch */
function timeOrigin() {
  return (origin ??= Date.now() - 1);
}

/** @returns {number} milliseconds since the origin */
function now() {
  const start = timeOrigin();
  return Date.now() - start;
}

export class PerformanceEntry {
  #name;
  #entryType;
  #startTime;
  #duration;

  /** @param {unknown} token @param {string} name @param {string} entryType @param {number} startTime @param {number} duration */
  constructor(token, name, entryType, startTime, duration) {
    if (token !== OURS) throw illegalConstructor();
    this.#name = name;
    this.#entryType = entryType;
    this.#startTime = startTime;
    this.#duration = duration;
  }

  get name() {
    return this.#name;
  }

  get entryType() {
    return this.#entryType;
  }

  get startTime() {
    return this.#startTime;
  }

  get duration() {
    return this.#duration;
  }

  toJSON() {
    return { name: this.#name, entryType: this.#entryType, startTime: this.#startTime, duration: this.#duration };
  }
}

export class PerformanceMark extends PerformanceEntry {
  #detail;

  /** @param {unknown} name @param {{ startTime?: number, detail?: unknown } | null} [options] */
  constructor(name, options = undefined) {
    needs(arguments, 'name');
    if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function')
      throw invalidArgument('options', 'of type object');
    const startTime = options?.startTime ?? now();
    if (typeof startTime !== 'number') throw invalidArgument('startTime', 'of type number');
    if (!(startTime >= 0))
      throw coded(new TypeError(`${startTime} is not a valid timestamp`), 'ERR_PERFORMANCE_INVALID_TIMESTAMP');
    super(OURS, `${name}`, 'mark', startTime, 0);
    this.#detail = cloned(options?.detail);
  }

  get detail() {
    return this.#detail;
  }

  /** @override */
  toJSON() {
    return { ...super.toJSON(), detail: this.#detail };
  }
}

export class PerformanceMeasure extends PerformanceEntry {
  #detail;

  /** @param {[unknown, string, number, number, unknown]} parts token, name, start, duration, detail */
  constructor(...parts) {
    const [token, name, start, duration, detail] = parts;
    super(token, name, 'measure', start, duration);
    this.#detail = cloned(detail);
  }

  get detail() {
    return this.#detail;
  }

  /** @override */
  toJSON() {
    return { ...super.toJSON(), detail: this.#detail };
  }
}

export class Performance extends EventTarget {
  /** @type {PerformanceEntry[]} */
  #entries = [];

  /** @param {unknown} [token] */
  constructor(token = undefined) {
    if (token !== OURS) throw illegalConstructor();
    super();
  }

  get timeOrigin() {
    void this.#entries;
    return timeOrigin();
  }

  now() {
    return now();
  }

  /** @param {unknown} name @param {{ startTime?: number, detail?: unknown } | null} [options] */
  mark(name, options = undefined) {
    needs(arguments, 'name');
    const mark = new PerformanceMark(name, options);
    this.#entries.push(mark);
    return mark;
  }

  /**
   * @param {unknown} name
   * @param {any} [startOrOptions] a mark's name, or {start, end, duration, detail}
   * @param {unknown} [endMark]
   */
  measure(name, startOrOptions = undefined, endMark = undefined) {
    needs(arguments, 'name');
    const options = typeof startOrOptions === 'object' && startOrOptions !== null ? startOrOptions : undefined;
    const { duration } = options ?? {};
    const given = [options?.start, duration, options?.end].filter((one) => one !== undefined).length;
    if (given > 0 && endMark !== undefined)
      throw coded(new TypeError('The "endMark" argument must not be specified with options'), 'ERR_INVALID_ARG_VALUE');
    if (given === 3)
      throw coded(new TypeError('The "options.duration" property must not be specified'), 'ERR_INVALID_ARG_VALUE');
    const givenEnd = options?.end ?? endMark;
    const givenStart = options ? options.start : startOrOptions;
    let end = givenEnd === undefined ? undefined : this.#time(givenEnd);
    let start = givenStart === undefined ? undefined : this.#time(givenStart);
    end ??= start !== undefined && duration !== undefined ? start + Number(duration) : now();
    start ??= duration === undefined ? 0 : end - Number(duration);
    const measure = new PerformanceMeasure(OURS, `${name}`, start, end - start, options?.detail);
    this.#entries.push(measure);
    return measure;
  }

  /** @param {unknown} [name] */
  clearMarks(name = undefined) {
    this.#clear('mark', name);
  }

  /** @param {unknown} [name] */
  clearMeasures(name = undefined) {
    this.#clear('measure', name);
  }

  getEntries() {
    return [...this.#entries].sort((one, other) => one.startTime - other.startTime);
  }

  /** @param {unknown} name @param {unknown} [type] */
  getEntriesByName(name, type) {
    needs(arguments, 'name');
    return this.getEntries().filter(
      (entry) => entry.name === `${name}` && (type === undefined || entry.entryType === `${type}`),
    );
  }

  /** @param {unknown} type */
  getEntriesByType(type) {
    needs(arguments, 'type');
    return this.getEntries().filter((entry) => entry.entryType === `${type}`);
  }

  toJSON() {
    void this.#entries;
    return { timeOrigin: timeOrigin() };
  }

  /** @param {unknown} mark a time, or the name of a mark */
  #time(mark) {
    if (typeof mark === 'number') {
      if (mark >= 0) return mark;
      throw coded(new TypeError(`${mark} is not a valid timestamp`), 'ERR_PERFORMANCE_INVALID_TIMESTAMP');
    }
    const found = this.getEntriesByName(mark, 'mark').at(-1);
    if (!found) throw new DOMException(`The "${mark}" performance mark has not been set`, 'SyntaxError');
    return found.startTime;
  }

  /** @param {string} type @param {unknown} name */
  #clear(type, name) {
    this.#entries = this.#entries.filter(
      (entry) => entry.entryType !== type || (name !== undefined && entry.name !== `${name}`),
    );
  }
}

const SHOWN = ['name', 'entryType', 'startTime', 'duration'];
expose(PerformanceEntry, 'PerformanceEntry', SHOWN);
expose(PerformanceMark, 'PerformanceMark', [...SHOWN, 'detail']);
expose(PerformanceMeasure, 'PerformanceMeasure', [...SHOWN, 'detail']);
expose(Performance, 'Performance', ['timeOrigin']);

export const performance = new Performance(OURS);

/** @param {unknown} detail */
function cloned(detail) {
  return detail === undefined || detail === null ? null : runtime.module('structured-clone').structuredClone(detail);
}
