// Host operations with a callback, and bytes as they are in their messages: base64 text.
import { Buffer } from 'node:buffer';

const { cancelOperation, jsonText, startOperation } = runtime;
const { toBase64 } = /** @type {any} */ (Uint8Array.prototype);
const { fromBase64 } = /** @type {any} */ (Uint8Array);

/**
 * @param {string} kind
 * @param {object} args plain data
 * @param {(failure: { code: string, message: string } | null, value?: any) => void} settled never called after the
 *   operation was cancelled
 * @returns {() => void} cancels the operation
 */
export function ask(kind, args, settled) {
  const id = startOperation(kind, jsonText(args), (ok, value) => {
    if (ok) settled(null, value);
    else settled(value);
  });
  return () => cancelOperation(id);
}

/** @param {Uint8Array} bytes @returns {string} */
export function textOf(bytes) {
  return toBase64.call(bytes);
}

/** @param {string} text @returns {any} a Buffer that shares its memory with nobody */
export function bytesOf(text) {
  return Object.setPrototypeOf(fromBase64(text), Buffer.prototype);
}
