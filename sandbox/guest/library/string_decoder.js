// https://nodejs.org/api/string_decoder.html: Node's own, on node/decoding.js.
import exported from 'node-lib:string_decoder';
export { exported as 'module.exports' };
