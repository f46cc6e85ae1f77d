// Node's internal/url: what its other files take of it.

/** @param {any} value */
export function isURL(value) {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);
}

export const pathToFileURL = (/** @type {string} */ path) => runtime.module('url').pathToFileURL(path);
