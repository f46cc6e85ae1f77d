// Node's internal/blob, for what asks whether something is one.

/** @param {any} value */
export function isBlob(value) {
  return typeof value?.arrayBuffer === 'function' && /^(?:Blob|File)$/.test(value[Symbol.toStringTag]);
}

/** @param {unknown[]} parts @param {object} [options] */
export function Blob(parts, options) {
  return new /** @type {any} */ (globalThis).Blob(parts, options);
}
