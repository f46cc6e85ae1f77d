// https://nodejs.org/api/timers.html#timers-promises-api: Node's own, on the runtime's timers.
import exported from 'node-lib:timers/promises';
export { exported as 'module.exports' };
