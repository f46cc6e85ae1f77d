// What `require('http')` gives.
const { http } = runtime.module('http-internals');

export { http as 'module.exports' };
