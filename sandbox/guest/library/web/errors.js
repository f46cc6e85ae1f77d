// Errors with Node's codes: https://nodejs.org/api/errors.html

/**
 * @template {Error} T
 * @param {T} error
 * @param {string} code
 * @returns {T & { code: string }}
 */
export function coded(error, code) {
  return Object.assign(error, { code });
}

/** @param {IArguments | unknown[]} given @param {string[]} names of the arguments that there must be */
export function needs(given, ...names) {
  if (given.length >= names.length) return;
  const list = names.map((name) => `"${name}"`).join(' and ');
  throw coded(
    new TypeError(`The ${list} argument${names.length > 1 ? 's' : ''} must be specified`),
    'ERR_MISSING_ARGS',
  );
}

/** @param {string} name @param {string} expected such as "an instance of Event" @returns {TypeError} */
export function invalidArgument(name, expected) {
  return coded(new TypeError(`The "${name}" argument must be ${expected}`), 'ERR_INVALID_ARG_TYPE');
}

/** @returns {TypeError} */
export function illegalConstructor() {
  return coded(new TypeError('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR');
}
