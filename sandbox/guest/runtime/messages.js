// The messages between host and guest; interlock.sandbox.messages is the other side. Keys are exact on both sides.
//   host -> guest   {"type":"start","input":JSON}
//                   {"type":"resume","completions":[{"id":1,"ok":true,"value":JSON} | {"id":1,"ok":false,"error":{"code","message"}}]}
//   guest -> host   {"type":"loaded","error":null|Error,"operations":n}
//                   {"type":"pending","operations":[{"id","kind","args"}],"cancelled":[ids]}
//                   {"type":"done","output":JSON|null,"error":null|{"name","message","stack","code"}}
// Guest messages are put together as text, from fragments that trusted code made.
import { ArrayIsArray, NumberIsSafeInteger, ObjectHasOwn, ObjectKeys, TypeError } from './primordials.js';

/**
 * @typedef {{ id: number, ok: true, value: unknown } | { id: number, ok: false, error: { code: string, message: string } }} Completion
 * @typedef {{ type: 'start', input: unknown } | { type: 'resume', completions: Completion[] }} HostMessage
 */

/**
 * @param {any} message
 * @returns {HostMessage}
 */
export function checked(message) {
  if (isRecord(message, ['type', 'input']) && message.type === 'start') return /** @type {any} */ (message);
  if (!isRecord(message, ['type', 'completions']) || message.type !== 'resume' || !ArrayIsArray(message.completions))
    return refuse('message');
  for (let i = 0; i < message.completions.length; i++) {
    if (!isCompletion(message.completions[i])) refuse('completion');
  }
  return /** @type {any} */ (message);
}

/** @param {string} error JSON text @param {number} operations asked for by the top level */
export function loaded(error, operations) {
  return `{"type":"loaded","error":${error},"operations":${operations}}`;
}

/** @param {string} operations JSON fragments, joined @param {string} cancelled ids, joined */
export function pending(operations, cancelled) {
  return `{"type":"pending","operations":[${operations}],"cancelled":[${cancelled}]}`;
}

/** @param {string} output JSON text @param {string} error JSON text */
export function done(output, error) {
  return `{"type":"done","output":${output},"error":${error}}`;
}

/** @param {any} value */
function isCompletion(value) {
  if (isRecord(value, ['id', 'ok', 'value'])) return NumberIsSafeInteger(value.id) && value.ok === true;
  if (!isRecord(value, ['id', 'ok', 'error']) || !NumberIsSafeInteger(value.id) || value.ok !== false) return false;
  const { error } = value;
  return isRecord(error, ['code', 'message']) && typeof error.code === 'string' && typeof error.message === 'string';
}

/**
 * @param {unknown} value
 * @param {string[]} keys
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value, keys) {
  if (typeof value !== 'object' || value === null || ArrayIsArray(value) || ObjectKeys(value).length !== keys.length)
    return false;
  for (let i = 0; i < keys.length; i++) if (!ObjectHasOwn(value, keys[i])) return false;
  return true;
}

/** @param {string} what @returns {never} */
function refuse(what) {
  throw new TypeError(`not a host ${what} of this version`);
}
