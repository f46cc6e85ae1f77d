// https://nodejs.org/api/punycode.html: Node's own.
import exported from 'node-lib:punycode';
export { exported as 'module.exports' };
