// Between Node's streams and the web's: Readable.toWeb, Writable.fromWeb and the like. Node's own.
import exported from 'node-lib:internal/webstreams/adapters';
export { exported as 'module.exports' };
