// https://nodejs.org/api/fs.html: an empty, read-only file system. Packages look for files of their own and go on when there
// are none; what they write is refused with the code that a read-only disk gives.
import { Readable, Writable } from 'node:stream';
import { calls } from './fs/calls.js';
import { constants } from './fs/constants.js';
import { failure, pathOf } from './fs/errors.js';
import { Dir, Dirent, Stats } from './fs/kinds.js';
import { refused } from './refused/refusing.js';

const { nextTick } = runtime.module('node-bindings');

class ReadStream extends Readable {
  bytesRead = 0;

  /** @param {unknown} path */
  constructor(path) {
    super({ construct: (/** @type {Function} */ done) => opened(done, () => calls.open(path)) });
    this.path = pathOf(path);
  }
}

class WriteStream extends Writable {
  bytesWritten = 0;

  /** @param {unknown} path */
  constructor(path) {
    super({ construct: (/** @type {Function} */ done) => opened(done, () => calls.open(path, 'w')) });
    this.path = pathOf(path);
  }
}

/** @type {Record<string, any>} */
const exported = {
  ...refused('fs', 'an action has no files', 'FSWatcher watch watchFile'),
  Dir,
  Dirent,
  FileReadStream: ReadStream,
  FileWriteStream: WriteStream,
  ReadStream,
  Stats,
  WriteStream,
  F_OK: 0,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  constants,
  createReadStream: (/** @type {unknown} */ path) => new ReadStream(path),
  createWriteStream: (/** @type {unknown} */ path) => new WriteStream(path),
  existsSync,
  exists: (/** @type {unknown} */ path, /** @type {Function} */ done) => nextTick(done, existsSync(path)),
  unwatchFile() {},
};

for (const [name, call] of Object.entries(calls)) {
  exported[`${name}Sync`] = named(`${name}Sync`, call);
  exported[name] = named(name, (...args) => {
    const done = args.pop();
    if (typeof done !== 'function') throw runtime.invalidArgument('cb', 'of type function', undefined);
    if (call.length > 0 && args[0] !== undefined && typeof args[0] !== 'number') pathOf(args[0]); // is thrown at once, as in Node
    let error = null;
    let value;
    try {
      value = call(...args);
    } catch (thrown) {
      error = thrown;
    }
    if (error) nextTick(done, error);
    else nextTick(done, null, value, args[1]);
  });
}
for (const name of ['realpath', 'realpathSync']) exported[name].native = exported[name];

Object.defineProperty(exported, 'promises', {
  configurable: true,
  enumerable: true,
  get: () => runtime.module('fs-promises'),
});

export { exported as 'module.exports' };

/** @param {unknown} path */
function existsSync(path) {
  try {
    calls.access(path);
    return true;
  } catch {
    return false;
  }
}

/** @param {Function} done @param {() => void} open */
function opened(done, open) {
  try {
    open();
    done(failure('EISDIR', 'read'));
  } catch (error) {
    done(error);
  }
}

/** @param {string} name @param {(...args: any[]) => unknown} value */
function named(name, value) {
  return Object.defineProperty((/** @type {any[]} */ ...args) => value(...args), 'name', {
    value: name,
    configurable: true,
  });
}
