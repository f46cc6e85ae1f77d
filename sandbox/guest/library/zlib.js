// https://nodejs.org/api/zlib.html: Node's own, on streams of the host's (zlib/binding.js).
import exported from 'node-lib:zlib';
export { exported as 'module.exports' };
