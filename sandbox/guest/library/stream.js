// https://nodejs.org/api/stream.html: Node's own.
import exported from 'node-lib:stream';
export { exported as 'module.exports' };
