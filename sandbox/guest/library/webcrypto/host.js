// The host's computations for keys that are not to be seen: arguments are passed on one by one, never through an iterator.
const { compute } = host;
const { operation } = runtime;
const { stringify } = JSON;
const { apply } = Reflect;
const { fromBase64 } = /** @type {any} */ (Uint8Array);
const { toBase64 } = /** @type {any} */ (Uint8Array.prototype);

/** @param {string} name @param {string} message @returns {any} */
export function failure(name, message) {
  return new DOMException(message, name);
}

/** @param {unknown} error @param {string} name */
function wrapped(error, name) {
  const { code, message } = /** @type {any} */ (error);
  if (code === 'work_limit') return failure('QuotaExceededError', message);
  return failure(name, 'The operation failed for an operation-specific reason');
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} options
 * @param {Uint8Array[]} views at most five
 * @param {string} [failed] the DOMException's name of a failure
 * @returns {{ value: any, data: Uint8Array<ArrayBuffer>[] }}
 */
export function run(name, options, views, failed = 'OperationError') {
  const text = stringify(options);
  try {
    switch (views.length) {
      case 0:
        return compute(name, text);
      case 1:
        return compute(name, text, views[0]);
      case 2:
        return compute(name, text, views[0], views[1]);
      case 3:
        return compute(name, text, views[0], views[1], views[2]);
      case 4:
        return compute(name, text, views[0], views[1], views[2], views[3]);
      default:
        return compute(name, text, views[0], views[1], views[2], views[3], views[4]);
    }
  } catch (error) {
    throw wrapped(error, failed);
  }
}

/**
 * The same for what takes long: on a thread of the host, while the guest goes on.
 * @param {string} name
 * @param {Record<string, unknown>} options
 * @param {Uint8Array[]} views
 * @returns {Promise<{ value: any, data: Uint8Array<ArrayBuffer>[] }>}
 */
export async function runLater(name, options, views) {
  const data = [];
  for (let i = 0; i < views.length; i++) data[i] = apply(toBase64, views[i], []);
  try {
    const result = await operation('compute', { name, options, data });
    for (let i = 0; i < result.data.length; i++) result.data[i] = apply(fromBase64, Uint8Array, [result.data[i]]);
    return result;
  } catch (error) {
    throw wrapped(error, 'OperationError');
  }
}
