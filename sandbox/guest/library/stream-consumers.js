// https://nodejs.org/api/webstreams.html#utility-consumers: Node's own.
import exported from 'node-lib:stream/consumers';
export { exported as 'module.exports' };
