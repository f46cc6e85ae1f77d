// The encodings of https://encoding.spec.whatwg.org/ beyond Unicode, by the package @exodus/bytes. Loaded by text-decoder.js
// when one is asked for.
import { TextDecoder, normalizeEncoding } from '@exodus/bytes/encoding.js';

export { TextDecoder, normalizeEncoding };
