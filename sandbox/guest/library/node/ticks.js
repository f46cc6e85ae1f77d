// https://nodejs.org/api/process.html#processnexttickcallback-args: callbacks that run when the code at hand is done, before
// the promise jobs that wait, and again whenever those are done. runtime/program.js says when that is.

/** @typedef {{ callback: Function, args: unknown[], context: unknown }} Tick */

/** @type {Tick[]} */
let waiting = [];
/** @type {Tick[]} */
let running = [];
let next = 0;

runtime.setTicks(run);

/** @param {unknown} callback @param {unknown[]} args */
export function nextTick(callback, ...args) {
  if (typeof callback !== 'function') throw runtime.invalidArgument('callback', 'of type function', callback);
  waiting.push({ callback, args, context: runtime.context.get() });
}

/**
 * All that wait, those included that they add. What one throws fails the run; the next entry goes on behind it.
 * @returns {boolean} whether there was any
 */
function run() {
  if (next === running.length && waiting.length === 0) return false;
  do {
    if (next === running.length) {
      running = waiting;
      waiting = [];
      next = 0;
    }
    const { callback, args, context } = running[next++];
    const before = runtime.context.set(context);
    try {
      callback(...args);
    } finally {
      runtime.context.set(before);
    }
  } while (next < running.length || waiting.length > 0);
  return true;
}
