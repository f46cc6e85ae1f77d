// https://nodejs.org/api/path.html: Node's own.
import exported from 'node-lib:path';
export { exported as 'module.exports' };
