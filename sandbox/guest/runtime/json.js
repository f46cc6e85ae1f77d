// JSON text of data that trusted code made. JSON.stringify would look up `toJSON` on prototypes that tenant code can
// change; on a string, a number, a boolean or null it looks up nothing.
import { ArrayIsArray, JSONStringify, ObjectKeys } from './primordials.js';

/**
 * @param {any} value null, a boolean, number or string, or an array or plain object of such values without cycles;
 *   properties whose value is undefined or a function are left out, as JSON.stringify does
 * @returns {string}
 */
export function jsonText(value) {
  if (typeof value !== 'object' || value === null) return JSONStringify(value) ?? 'null';
  let text = '';
  if (ArrayIsArray(value)) {
    for (let i = 0; i < value.length; i++) text += (i ? ',' : '') + jsonText(value[i]);
    return `[${text}]`;
  }
  const keys = ObjectKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const member = value[keys[i]];
    if (member === undefined || typeof member === 'function') continue;
    text += `${text && ','}${JSONStringify(keys[i])}:${jsonText(member)}`;
  }
  return `{${text}}`;
}
