// In place of `webidl-conversions` in whatwg-url: the two conversions that it uses. https://webidl.spec.whatwg.org/#es-USVString

/** @param {unknown} value */
export const any = (value) => value;

/**
 * @param {unknown} value
 * @param {{ context: string }} options
 * @returns {string}
 */
export function USVString(value, { context }) {
  if (typeof value === 'symbol') throw new TypeError(`${context} is a symbol, which cannot be converted to a string.`);
  return String(value).toWellFormed();
}
