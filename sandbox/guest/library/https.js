// What `require('https')` gives.
const { https } = runtime.module('http-internals');

export { https as 'module.exports' };
