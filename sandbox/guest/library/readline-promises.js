// https://nodejs.org/api/readline.html#promises-api
const { promises } = runtime.module('readline');
export { promises as 'module.exports' };
