// https://nodejs.org/api/path.html#pathwin32
const exported = runtime.module('path').win32;
export { exported as 'module.exports' };
