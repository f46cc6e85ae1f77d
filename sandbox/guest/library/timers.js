// https://nodejs.org/api/timers.html: the globals of these names.
const { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = /** @type {any} */ (
  globalThis
);

export { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout };

export const promises = {
  get setTimeout() {
    return runtime.module('timers-promises').setTimeout;
  },
  get setImmediate() {
    return runtime.module('timers-promises').setImmediate;
  },
  get setInterval() {
    return runtime.module('timers-promises').setInterval;
  },
  get scheduler() {
    return runtime.module('timers-promises').scheduler;
  },
};

/** Deprecated since Node 11, as in Node: there is nothing to enroll in. */
export function enroll() {}
export function unenroll() {}
export function active() {}
