// https://nodejs.org/api/querystring.html: Node's own.
import exported from 'node-lib:querystring';
export { exported as 'module.exports' };
