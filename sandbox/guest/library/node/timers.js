// Node's internal/timers, for timers/promises: its timers are the runtime's.

const { setImmediate, setInterval, setTimeout } = /** @type {any} */ (globalThis);

/**
 * Armed at once; the name is a constructor's.
 * @param {Function} callback @param {number} ms @param {unknown[] | undefined} args @param {boolean} repeats @param {boolean} referenced
 */
export function Timeout(callback, ms, args, repeats, referenced) {
  const timer = (repeats ? setInterval : setTimeout)(callback, ms, ...(args ?? []));
  return referenced ? timer : timer.unref();
}

/** @param {Function} callback @param {unknown[]} args */
export function Immediate(callback, args) {
  return setImmediate(callback, ...args);
}

/** It is armed. */
export function insert() {}
