// https://nodejs.org/api/readline.html: Node's own, which reads a stream line by line. There is no terminal to read from.
import exported from 'node-lib:readline';
export { exported as 'module.exports' };
