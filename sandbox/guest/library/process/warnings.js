// https://nodejs.org/api/process.html#processemitwarningwarning-options. Deprecations are silent unless
// process.noDeprecation is set to false: they are for the people who write packages.

const { nextTick } = runtime.module('node-bindings');

/**
 * @param {string | Error} warning
 * @param {any} [type] or options, or constructor @param {any} [code] @param {any} [constructor]
 */
export function emitWarning(warning, type, code, constructor) {
  let detail;
  if (typeof type === 'object' && type !== null) ({ type = 'Warning', code, ctor: constructor, detail } = type);
  else if (typeof type === 'function') [type, code, constructor] = ['Warning', undefined, type];
  if (typeof code === 'function') [code, constructor] = [undefined, code];
  if (type !== undefined && typeof type !== 'string') throw runtime.invalidArgument('type', 'of type string', type);
  if (code !== undefined && typeof code !== 'string') throw runtime.invalidArgument('code', 'of type string', code);
  const error = typeof warning === 'string' ? made(warning, type, code, detail, constructor ?? emitWarning) : warning;
  if (!(error instanceof Error))
    throw runtime.invalidArgument('warning', 'of type string or an instance of Error', warning);
  const process = runtime.module('process');
  if (error.name === 'DeprecationWarning') {
    if (process.noDeprecation) return;
    if (process.throwDeprecation) {
      nextTick(() => {
        throw error;
      });
      return;
    }
  }
  nextTick(announce, error);
}

/** @param {any} warning */
function announce(warning) {
  const process = runtime.module('process');
  process.emit('warning', warning);
  const detail = typeof warning.detail === 'string' ? `\n${warning.detail}` : '';
  runtime.console.warn(`(node:${process.pid}) ${warning.code ? `[${warning.code}] ` : ''}${warning}${detail}`);
}

/**
 * @param {string} message @param {string | undefined} type @param {string | undefined} code @param {unknown} detail
 * @param {Function} constructor
 */
function made(message, type, code, detail, constructor) {
  const error = /** @type {any} */ (new Error(message));
  error.name = type || 'Warning';
  if (code !== undefined) error.code = code;
  if (detail !== undefined) error.detail = detail;
  Error.captureStackTrace(error, constructor);
  return error;
}
