// The idle time-out of a socket. Each timer is a host operation, of which a run has few: so one is set and, when it goes off
// too early, set again for the rest, instead of one for each chunk.
const { nodeError } = runtime.module('network');
const { clearTimeout, setTimeout } = /** @type {any} */ (globalThis);

const LONGEST = 2 ** 31 - 1;

export class IdleTimer {
  /** Milliseconds; undefined when none was ever set. @type {number | undefined} */
  ms = undefined;
  #expired;
  #since = 0;
  /** @type {any} */
  #timer = null;

  /** @param {() => void} expired */
  constructor(expired) {
    this.#expired = expired;
  }

  /** @param {unknown} ms 0 for none */
  set(ms) {
    this.ms = Math.min(validDelay(ms), LONGEST);
    clearTimeout(this.#timer);
    this.#timer = null;
    this.touch();
  }

  /** Something was read or written. */
  touch() {
    this.#since = Date.now();
    if (!this.#timer && this.ms) this.#arm(this.ms);
  }

  end() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.ms) this.ms = 0;
  }

  /** @param {number} ms */
  #arm(ms) {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const left = (this.ms ?? 0) - (Date.now() - this.#since);
      if (left > 0) this.#arm(left);
      else this.#expired();
    }, ms);
  }
}

/** @param {unknown} ms @param {string} [name] @returns {number} */
export function validDelay(ms, name = 'msecs') {
  if (typeof ms !== 'number') {
    const message = `The "${name}" argument must be of type number. Received ${String(ms)}`;
    throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  }
  if (ms >= 0 && ms < Infinity) return ms;
  const message = `The value of "${name}" is out of range. It must be a non-negative finite number. Received ${ms}`;
  throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', message);
}
