// https://nodejs.org/api/util.html#utiltypes
const exported = runtime.module('util').types;
export { exported as 'module.exports' };
