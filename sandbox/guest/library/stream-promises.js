// https://nodejs.org/api/stream.html#streams-promises-api
const { promises } = runtime.module('stream');
export { promises as 'module.exports' };
