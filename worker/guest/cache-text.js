// The cache as the run leaves it, whether or not the action touched it.
import { JSONStringify, ObjectCreate, ObjectKeys, own } from './builtins.js';
import { run } from './run.js';

/** @returns {string} JSON text */
export function cacheText() {
  // An uncaught error can come before the run has a state.
  const entries = run.cache ?? own(run.state, 'cache') ?? ObjectCreate(null);
  const keys = ObjectKeys(entries);
  let text = '';
  for (let i = 0; i < keys.length; i++) {
    const key = /** @type {string} */ (keys[i]);
    const { value, expires_at } = entries[key];
    text += `${text && ','}${JSONStringify(key)}:{"value":${JSONStringify(value)},"expires_at":${JSONStringify(expires_at)}}`;
  }
  return `{${text}}`;
}
