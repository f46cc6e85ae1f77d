// Node's internal/url, for what asks whether something is one, by its parts as Node does.

/** @param {any} value */
export function isURL(value) {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);
}

export const pathToFileURL = (/** @type {string} */ path) => runtime.module('node-url').pathToFileURL(path);
