// Node's internal/util/inspect: the library module `inspect`, loaded when something is shown.

export const inspect = (/** @type {unknown[]} */ ...args) => runtime.module('inspect').inspect(...args);
export const format = (/** @type {unknown[]} */ ...args) => runtime.module('inspect').format(...args);
export const formatWithOptions = (/** @type {unknown[]} */ ...args) =>
  runtime.module('inspect').formatWithOptions(...args);

/**
 * The longest part that two stacks share: [length, where it begins in the first].
 * @param {string[]} a @param {string[]} b @returns {[number, number]}
 */
export function identicalSequenceRange(a, b) {
  for (let i = 0; i < a.length - 3; i++) {
    const start = b.indexOf(a[i]);
    if (start < 0) continue;
    let length = 0;
    while (i + length < a.length && start + length < b.length && a[i + length] === b[start + length]) length++;
    if (length > 3) return [length, i];
  }
  return [0, 0];
}
