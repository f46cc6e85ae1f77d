// The methods that do more than be recorded. A behaviour receives the arguments as checked, plain values, runs before the
// call is recorded, and refuses it by throwing.
import { authentication } from './authentication.js';
import { cache } from './cache.js';
import { leaving } from './leaving.js';
import { lookups } from './lookups.js';
import { metadata } from './metadata.js';
import { tokens } from './tokens.js';

/** @type {Record<string, import('../types.js').Behaviour>} */
export const behaviours = Object.assign(Object.create(null), authentication, cache, leaving, lookups, metadata, tokens);
