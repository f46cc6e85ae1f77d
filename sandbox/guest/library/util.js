// What `require('util')` gives: the parts that do not need an operating system.
const formatting = runtime.module('inspect');

export const { inspect, format, formatWithOptions, stripVTControlCharacters, types } = formatting;

/** @param {Function} derived @param {Function} base */
export function inherits(derived, base) {
  Object.defineProperty(derived, 'super_', { value: base, configurable: true, writable: true });
  Object.setPrototypeOf(derived.prototype, base.prototype);
}

/** Deprecations are not announced here. @template T @param {T} method @returns {T} */
export function deprecate(method) {
  return method;
}

export const { TextEncoder } = globalThis;
export const { TextDecoder } = runtime.module('text-decoder');

const custom = Symbol.for('nodejs.util.promisify.custom');

/** @param {any} original a function whose last argument is a callback (error, value) */
export function promisify(original) {
  if (typeof original !== 'function') throw new TypeError('The "original" argument must be of type function');
  if (original[custom]) return original[custom];
  /** @this {unknown} @param {unknown[]} args */
  function promised(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (/** @type {unknown} */ error, /** @type {unknown} */ value) => {
        if (error) reject(error);
        else resolve(value);
      });
    });
  }
  return Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
}
promisify.custom = custom;

/** @param {Function} original one that returns a promise */
export function callbackify(original) {
  /** @this {unknown} @param {any[]} args */
  return function callbackified(...args) {
    const callback = args.pop();
    original.apply(this, args).then(
      (/** @type {unknown} */ value) => queueMicrotask(() => callback(null, value)),
      (/** @type {unknown} */ reason) =>
        queueMicrotask(() => callback(reason ?? new Error('rejected without a reason'))),
    );
  };
}
