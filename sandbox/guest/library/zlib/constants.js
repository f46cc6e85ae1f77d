// internalBinding('constants').zlib
import constants from './constants.json';

export const zlib = Object.freeze({ __proto__: null, ...constants, Z_MAX_CHUNK: Infinity });
