// https://nodejs.org/api/fs.html#class-fsstats and its neighbours, as far as an empty file system has any.

const FORMAT = 0o170000;

export class Stats {
  dev = 0;
  nlink = 1;
  uid = 65534;
  gid = 65534;
  rdev = 0;
  blksize = 4096;
  ino = 1;
  size = 0;
  blocks = 0;
  atimeMs = 0;
  mtimeMs = 0;
  ctimeMs = 0;
  birthtimeMs = 0;
  atime = new Date(0);
  mtime = new Date(0);
  ctime = new Date(0);
  birthtime = new Date(0);

  /** @param {number} mode */
  constructor(mode) {
    this.mode = mode;
  }

  isDirectory() {
    return (this.mode & FORMAT) === 0o040000;
  }

  isFIFO() {
    return (this.mode & FORMAT) === 0o010000;
  }

  isFile() {
    return (this.mode & FORMAT) === 0o100000;
  }

  isBlockDevice() {
    return false;
  }

  isCharacterDevice() {
    return false;
  }

  isSocket() {
    return false;
  }

  isSymbolicLink() {
    return false;
  }
}

export class Dirent {}

export class Dir {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
  }

  readSync() {
    return null;
  }

  async read() {
    return null;
  }

  closeSync() {}

  async close() {}

  async *[Symbol.asyncIterator]() {}
}
