// Node's error for a text that is no URL: https://nodejs.org/api/errors.html#err_invalid_url

/** @param {string} input @param {string} [base] */
export function invalidURL(input, base) {
  const error = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input });
  return base === undefined ? error : Object.assign(error, { base });
}
