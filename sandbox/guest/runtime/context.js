// What AsyncLocalStorage (library/async_hooks.js) keeps for the code that runs now: it goes with every host operation.

/** @type {unknown} */
let current;

export function get() {
  return current;
}

/** @param {unknown} value @returns {unknown} what it was */
export function set(value) {
  const before = current;
  current = value;
  return before;
}
