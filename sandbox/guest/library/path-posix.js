// https://nodejs.org/api/path.html#pathposix
const exported = runtime.module('path').posix;
export { exported as 'module.exports' };
