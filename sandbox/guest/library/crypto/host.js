// The host's computations (interlock.sandbox.compute), with errors as Node words them. A failure's message begins with
// Node's code when there is one for it: "ERR_OSSL_BAD_DECRYPT error:1C800064:Provider routines::bad decrypt".
import { Buffer } from 'node:buffer';

const { compute } = host;
const { operation } = runtime;
const { stringify } = JSON;
const CODED = /^(ERR_[A-Z0-9_]+) ([^]*)$/;
const OPENSSL = /^error:[0-9A-F]+:([^:]*)::(.*)$/;

/** Options as the host takes them: those that are undefined are left out. @typedef {Record<string, unknown>} Options */

/**
 * @param {string} name
 * @param {Options} options
 * @param {Uint8Array[]} views
 * @returns {{ value: any, data: any[] }} data as Buffers
 */
export function call(name, options, ...views) {
  let result;
  try {
    result = compute(name, stringify(options), ...views);
  } catch (error) {
    throw inNodesWords(error);
  }
  for (const part of result.data) Object.setPrototypeOf(part, Buffer.prototype);
  return result;
}

/**
 * The same on a thread of the host, while the guest goes on.
 * @param {string} name
 * @param {Options} options
 * @param {Uint8Array[]} views
 * @returns {Promise<{ value: any, data: any[] }>}
 */
export async function later(name, options, ...views) {
  try {
    const { value: number } = compute('later', stringify({ name, options }), ...views);
    await operation('compute', { number });
    const result = compute('result', stringify({ number }));
    for (const part of result.data) Object.setPrototypeOf(part, Buffer.prototype);
    return result;
  } catch (error) {
    throw inNodesWords(error);
  }
}

/**
 * Calls back when a computation on a thread is done, as Node's functions with a callback do.
 * @param {Promise<any>} promise
 * @param {Function} callback
 * @param {(result: any) => unknown[]} values what the callback gets behind its error
 */
export function callBack(promise, callback, values) {
  promise.then(
    (result) => enqueue(() => callback(null, ...values(result))),
    (error) => enqueue(() => callback(error)),
  );
}

/** Outside of a promise, so that what the callback throws is uncaught and not a rejection. @param {() => void} task */
function enqueue(task) {
  queueMicrotask(task);
}

/** @param {any} error */
function inNodesWords(error) {
  const found = CODED.exec(error?.message);
  if (!found) return error?.code === 'crypto_failed' ? new Error(error.message) : error;
  const [, code, message] = found;
  const isOfType = code.startsWith('ERR_CRYPTO_INVALID_');
  const Base = code === 'ERR_CRYPTO_INVALID_KEYLEN' ? RangeError : isOfType ? TypeError : Error;
  const words = new Base(message);
  const openssl = OPENSSL.exec(message);
  if (openssl) Object.assign(words, { library: openssl[1], reason: openssl[2] });
  return Object.assign(words, { code });
}
