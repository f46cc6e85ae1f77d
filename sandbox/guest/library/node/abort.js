// Node's internal/abort_controller: the classes are the web's.
export function AbortController() {
  return new (runtime.module('abort').AbortController)();
}

export const AbortSignal = {
  any: (/** @type {any[]} */ signals) => runtime.module('abort').AbortSignal.any(signals),
};

/** https://nodejs.org/api/util.html#utilabortedsignal-resource @param {any} signal @param {object} resource */
export async function aborted(signal, resource) {
  const { validateObject } = runtime.module('node-internals').internals['internal/validators'];
  if (!(signal instanceof runtime.module('abort').AbortSignal)) {
    throw Object.assign(new TypeError('signal is not of type AbortSignal.'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  validateObject(resource, 'resource', 1 | 2 | 4);
  if (signal.aborted) return undefined;
  return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** There is no thread to transfer to. @template T @param {T} signal */
export const transferableAbortSignal = (signal) => signal;
export const transferableAbortController = () => AbortController();
