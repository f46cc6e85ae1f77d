// https://nodejs.org/api/events.html: Node's own.
import exported from 'node-lib:events';
export { exported as 'module.exports' };
