// https://nodejs.org/api/diagnostics_channel.html: Node's own.
import exported from 'node-lib:diagnostics_channel';
export { exported as 'module.exports' };
