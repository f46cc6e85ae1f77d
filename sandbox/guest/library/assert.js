// https://nodejs.org/api/assert.html: Node's own.
import exported from 'node-lib:assert';
export { exported as 'module.exports' };
