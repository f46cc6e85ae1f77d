// https://nodejs.org/api/console.html: the global console, and the class for one that writes to other streams.

const { console } = runtime;
const LEVELS = { log: 'stdout', debug: 'stdout', info: 'stdout', dir: 'stdout', warn: 'stderr', error: 'stderr' };

/** @typedef {{ write(text: string): unknown }} Output */

/**
 * Also called without `new`, as in Node.
 * @this {any} @param {any} options or stdout @param {Output} [second] stderr
 */
function Console(options, second) {
  if (!new.target) return Reflect.construct(Console, [options, second]);
  const given = typeof options?.write === 'function' ? { stdout: options, stderr: second } : (options ?? {});
  const { stdout, stderr = stdout, inspectOptions, groupIndentation = 2 } = given;
  for (const [name, stream] of Object.entries({ stdout, stderr })) {
    if (typeof stream?.write === 'function') continue;
    const { codes } = runtime.module('node-internals').internals['internal/errors'];
    throw new codes.ERR_CONSOLE_WRITABLE_STREAM(name);
  }
  Object.assign(this, methods({ stdout, stderr }, inspectOptions ?? {}, ' '.repeat(groupIndentation)));
}
Console.prototype[Symbol.toStringTag] = 'console';
Object.defineProperty(Console, Symbol.hasInstance, {
  value: (/** @type {unknown} */ value) =>
    value === exported ||
    value === console ||
    Object.prototype.isPrototypeOf.call(Console.prototype, /** @type {any} */ (value)),
});

/** @param {Record<string, Output>} outputs @param {object} shown @param {string} step */
function methods(outputs, shown, step) {
  let indentation = '';
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Map<string, number>} */
  const clocks = new Map();
  /** @param {string} level @param {string} text */
  const print = (level, text) => {
    const indented = indentation ? indentation + text.replaceAll('\n', `\n${indentation}`) : text;
    outputs[level].write(`${indented}\n`);
  };
  const format = (/** @type {unknown[]} */ ...values) => runtime.module('inspect').formatWithOptions(shown, ...values);
  /** @param {string} label @param {unknown[]} values */
  const elapsed = (label, values) => {
    const since = clocks.get(label);
    if (since === undefined) return;
    const text = values.length ? ` ${format(...values)}` : '';
    print('stdout', `${label}: ${Date.now() - since}ms${text}`);
  };
  /** @type {Record<string, (...values: any[]) => void>} */
  const made = {
    assert(ok, ...values) {
      if (!ok)
        made.warn(
          ...(typeof values[0] === 'string' ? [`Assertion failed: ${values.shift()}`] : ['Assertion failed']),
          ...values,
        );
    },
    clear() {},
    count(label = 'default') {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      print('stdout', `${label}: ${counts.get(label)}`);
    },
    countReset(label = 'default') {
      counts.delete(label);
    },
    dir(value, options) {
      print('stdout', runtime.module('inspect').inspect(value, { customInspect: false, ...shown, ...options }));
    },
    group(...values) {
      if (values.length) made.log(...values);
      indentation += step;
    },
    groupEnd() {
      indentation = indentation.slice(step.length);
    },
    table(rows, columns) {
      if (typeof rows !== 'object' || rows === null) made.log(rows);
      else print('stdout', runtime.module('console-table').table(rows, columns));
    },
    time(label = 'default') {
      if (!clocks.has(label)) clocks.set(label, Date.now());
    },
    timeEnd(label = 'default') {
      elapsed(label, []);
      clocks.delete(label);
    },
    timeLog(label = 'default', ...values) {
      elapsed(label, values);
    },
    trace(...values) {
      const error = { name: 'Trace', message: format(...values), stack: '' };
      Error.captureStackTrace(error, made.trace);
      const frames = error.stack.split('\n').filter((line) => line.startsWith('    at '));
      print('stderr', [`Trace${error.message && `: ${error.message}`}`, ...frames].join('\n'));
    },
  };
  for (const [name, output] of Object.entries(LEVELS)) made[name] ??= (...values) => print(output, format(...values));
  return Object.assign(made, { dirxml: made.log, groupCollapsed: made.group });
}

const exported = Object.assign(Object.create(console), { Console });
for (const name of Object.keys(console)) exported[name] = /** @type {any} */ (console)[name];
exported.console = exported;
export { exported as 'module.exports' };
