// https://nodejs.org/api/assert.html#strict-assertion-mode
const exported = runtime.module('assert').strict;
export { exported as 'module.exports' };
