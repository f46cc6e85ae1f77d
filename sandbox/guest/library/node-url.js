// https://nodejs.org/api/url.html: Node's own, with the URL of this runtime.
import exported from 'node-lib:url';
export { exported as 'module.exports' };
