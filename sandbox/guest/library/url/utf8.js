// In place of whatwg-url's own UTF-8, which would load TextDecoder.

export { decode as utf8DecodeWithoutBOM } from '../encoding/utf8.js';
export const { utf8Encode } = host;
