// https://nodejs.org/api/process.html#process-io: what is written goes to the action's console, a line each; nothing comes in.
import { Readable, Writable } from 'node:stream';

const { console } = runtime;

export const stdin = Object.assign(new Readable({ read() {} }), { fd: 0, isTTY: undefined });
export const stdout = output(1, console.log);
export const stderr = output(2, console.error);

stdin.push(null);

/** @param {number} fd @param {(line: string) => void} print */
function output(fd, print) {
  const stream = new Writable({
    decodeStrings: false,
    write(/** @type {any} */ chunk, /** @type {string} */ _, /** @type {() => void} */ done) {
      const text = typeof chunk === 'string' ? chunk : runtime.module('buffer').Buffer.from(chunk).toString();
      print(text.endsWith('\n') ? text.slice(0, -1) : text);
      done();
    },
  });
  return Object.assign(stream, { fd, isTTY: undefined, _type: 'pipe' });
}
