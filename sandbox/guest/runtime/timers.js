// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers, with Node's Timeout objects. One host
// operation of kind "timer" for each arming; the host wakes equal delays in the order they were set. What is to be done at
// once waits for nothing outside and does not count.
import { invalidArgument } from './node-errors.js';
import { cancel, start } from './operations.js';
import {
  Map,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  MathTrunc,
  Number,
  ReflectApply,
} from './primordials.js';

const LONGEST = 2 ** 31 - 1;
/** The delay of setImmediate, which no other may have. */
const AT_ONCE = Symbol();

/** Armed timers by the number that clearTimeout also takes. @type {Map<number, Timeout>} */
const armed = new Map();
let last = 0;

/** @type {(value: unknown) => value is Timeout} */
let is;
/** @type {(handle: unknown) => void} */
let clear;

class Timeout {
  /** @type {Function | null} */
  #callback;
  /** @type {unknown[]} */
  #args;
  #ms;
  #repeats;
  #operation = 0;
  #referenced = true;
  #number = ++last;

  /**
   * Tenant code reaches it through `constructor`: what it gives is checked here, for #ms goes into a message as it is.
   * @param {unknown} callback
   * @param {unknown[]} args
   * @param {unknown} ms
   * @param {boolean} [repeats]
   */
  constructor(callback, args, ms, repeats = false) {
    if (typeof callback !== 'function') throw invalidArgument('callback', 'of type function', callback);
    this.#callback = callback;
    this.#args = args;
    this.#ms = ms === AT_ONCE ? 0 : delay(ms);
    this.#repeats = repeats;
    this.#arm();
  }

  ref() {
    this.#referenced = true;
    return this;
  }

  unref() {
    this.#referenced = false;
    return this;
  }

  hasRef() {
    return this.#referenced;
  }

  refresh() {
    if (this.#callback) {
      cancel(this.#operation);
      this.#arm();
    }
    return this;
  }

  close() {
    clear(this);
    return this;
  }

  [Symbol.toPrimitive]() {
    return this.#number;
  }

  #arm() {
    MapPrototypeSet(armed, this.#number, this);
    this.#operation = start(this.#ms ? 'timer' : 'timer.immediate', `{"ms":${this.#ms}}`, () => this.#fire());
  }

  #fire() {
    const callback = this.#callback;
    if (!callback) return;
    if (!this.#repeats) MapPrototypeDelete(armed, this.#number);
    ReflectApply(callback, this, this.#args);
    if (this.#repeats && this.#callback) this.#arm();
  }

  // What the functions below need of a timer, kept off its class, where tenant code could see it.
  static {
    is = /** @returns {value is Timeout} */ (value) => typeof value === 'object' && value !== null && #number in value;
    clear = (handle) => {
      const timeout = find(handle);
      if (!timeout) return;
      timeout.#callback = null;
      MapPrototypeDelete(armed, timeout.#number);
      cancel(timeout.#operation);
    };
  }
}

export const timers = {
  /** @param {Function} callback @param {unknown} [ms] @param {unknown[]} args */
  setTimeout(callback, ms, ...args) {
    return new Timeout(callback, args, ms);
  },

  /** @param {Function} callback @param {unknown} [ms] @param {unknown[]} args */
  setInterval(callback, ms, ...args) {
    return new Timeout(callback, args, ms, true);
  },

  /** @param {Function} callback @param {unknown[]} args */
  setImmediate(callback, ...args) {
    return new Timeout(callback, args, AT_ONCE);
  },

  /** @param {unknown} timeout */
  clearTimeout(timeout) {
    clear(timeout);
  },

  /** @param {unknown} timeout */
  clearInterval(timeout) {
    clear(timeout);
  },

  /** @param {unknown} immediate */
  clearImmediate(immediate) {
    clear(immediate);
  },
};

/** @param {unknown} handle @returns {Timeout | undefined} */
function find(handle) {
  if (is(handle)) return handle;
  return typeof handle === 'number' || typeof handle === 'string' ? MapPrototypeGet(armed, Number(handle)) : undefined;
}

/** As Node: whole milliseconds from 1; anything else, and anything too long, is 1. @param {unknown} ms @returns {number} */
function delay(ms) {
  const wanted = /** @type {any} */ (ms) * 1;
  return wanted >= 1 && wanted <= LONGEST ? MathTrunc(wanted) : 1;
}
