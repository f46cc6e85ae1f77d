// The host's computations for keys that are not to be seen: arguments are passed on one by one, never through an iterator.
const { compute } = host;
const { operation } = runtime;
const { stringify } = JSON;

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
 * @returns {{ value: any, data: Uint8Array<ArrayBuffer>[] }}
 */
function called(name, options, views) {
  const text = stringify(options);
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
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} options
 * @param {Uint8Array[]} views at most five
 * @param {string} [failed] the DOMException's name of a failure
 * @returns {{ value: any, data: Uint8Array<ArrayBuffer>[] }}
 */
export function run(name, options, views, failed = 'OperationError') {
  try {
    return called(name, options, views);
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
  try {
    const { value: number } = called('later', { name, options }, views);
    await operation('compute', { number });
    return called('result', { number }, []);
  } catch (error) {
    throw wrapped(error, 'OperationError');
  }
}
