// What each function of an empty, read-only file system answers: the root folder and nothing else.
import { failure, pathOf } from './errors.js';
import { Dir, Stats } from './kinds.js';

const WRITING = /[wa+]/;
const O_WRITES = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000;

/** By the name without `Sync`, each as the synchronous call. @type {Record<string, (...args: any[]) => any>} */
export const calls = {
  access(path, mode) {
    reading('access', path, () => undefined);
    if (mode & 2) throw failure('EROFS', 'access', pathOf(path));
  },
  appendFile: (path) => writing('open', path),
  chmod: (path) => writing('chmod', path),
  chown: (path) => writing('chown', path),
  close: onDescriptor('close'),
  copyFile: (from, to) => copying('copyfile', from, to),
  cp: (from, to) => copying('cp', from, to),
  fchmod: onDescriptor('fchmod'),
  fchown: onDescriptor('fchown'),
  fdatasync: onDescriptor('fdatasync'),
  fstat: (descriptor) => (isOutput(descriptor) ? new Stats(0o10600) : onDescriptor('fstat')()),
  fsync: (descriptor) => (isOutput(descriptor) ? undefined : onDescriptor('fsync')()),
  ftruncate: onDescriptor('ftruncate'),
  futimes: onDescriptor('futimes'),
  lchmod: (path) => writing('lchmod', path),
  lchown: (path) => writing('lchown', path),
  link: (from, to) => copying('link', from, to),
  lstat: (path, options) => stat('lstat', path, options),
  lutimes: (path) => writing('lutimes', path),
  mkdir: (path) => writing('mkdir', path),
  mkdtemp: (prefix) => writing('mkdtemp', `${pathOf(prefix)}XXXXXX`),
  open(path, flags = 'r') {
    const writes = typeof flags === 'number' ? flags & O_WRITES : WRITING.test(flags) && flags !== 'rs';
    if (writes) writing('open', path);
    return reading('open', path, () => {
      throw failure('EISDIR', 'open', pathOf(path));
    });
  },
  opendir: (path) => reading('opendir', path, () => new Dir(pathOf(path))),
  read: onDescriptor('read'),
  readdir: (path) => reading('scandir', path, () => []),
  readFile(path) {
    if (Number.isInteger(path)) onDescriptor('read')();
    return reading('open', path, () => {
      throw failure('EISDIR', 'read');
    });
  },
  readlink(path) {
    return reading('readlink', path, () => {
      throw failure('EINVAL', 'readlink', pathOf(path));
    });
  },
  readv: onDescriptor('read'),
  realpath: (path) => reading('lstat', path, () => '/'),
  rename: (from, to) => copying('rename', from, to),
  rm: (path, options) => removing('lstat', path, options?.force),
  rmdir: (path) => removing('rmdir', path, false),
  stat: (path, options) => stat('stat', path, options),
  statfs: (path) =>
    reading('statfs', path, () => ({ type: 0, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 })),
  symlink: (target, path) => writing('symlink', path ?? target),
  truncate: (path) => writing('open', path),
  unlink: (path) => removing('unlink', path, false),
  utimes: (path) => writing('utime', path),
  write(descriptor, data, ...rest) {
    if (!isOutput(descriptor)) onDescriptor('write')();
    const stream = runtime.module('process-streams')[descriptor === 1 ? 'stdout' : 'stderr'];
    if (typeof data === 'string') {
      stream.write(data);
      return runtime.module('buffer').Buffer.byteLength(data);
    }
    const [offset = 0, length = data.byteLength - offset] =
      typeof rest[0] === 'object' && rest[0] ? [rest[0].offset, rest[0].length] : rest;
    stream.write(data.subarray(offset ?? 0, (offset ?? 0) + (length ?? data.byteLength)));
    return length ?? data.byteLength;
  },
  writeFile(path, data) {
    if (isOutput(path)) calls.write(path, data);
    else if (typeof path === 'number') onDescriptor('write')();
    else writing('open', path);
  },
  writev: onDescriptor('write'),
};

/** @param {unknown} descriptor */
function isOutput(descriptor) {
  return descriptor === 1 || descriptor === 2;
}

/** @param {string} syscall @returns {(...args: any[]) => never} */
function onDescriptor(syscall) {
  return () => {
    throw failure('EBADF', syscall);
  };
}

/** @param {string} path */
function isRoot(path) {
  return runtime.module('path').resolve(path) === '/';
}

/** @template T @param {string} syscall @param {unknown} path @param {() => T} root what is answered for "/" @returns {T} */
function reading(syscall, path, root) {
  const checked = pathOf(path);
  if (isRoot(checked)) return root();
  throw failure('ENOENT', syscall, checked);
}

/** @param {string} syscall @param {unknown} path @returns {never} */
function writing(syscall, path) {
  throw failure('EROFS', syscall, pathOf(path));
}

/** @param {string} syscall @param {unknown} from @param {unknown} to @returns {never} */
function copying(syscall, from, to) {
  throw failure('ENOENT', syscall, pathOf(from), pathOf(to));
}

/** @param {string} syscall @param {unknown} path @param {boolean | undefined} force */
function removing(syscall, path, force) {
  const checked = pathOf(path);
  if (isRoot(checked)) throw failure('EROFS', syscall, checked);
  if (!force) throw failure('ENOENT', syscall, checked);
}

/** @param {string} syscall @param {unknown} path @param {any} options */
function stat(syscall, path, options) {
  const checked = pathOf(path);
  if (isRoot(checked)) return new Stats(0o40555);
  if (options?.throwIfNoEntry === false) return undefined;
  throw failure('ENOENT', syscall, checked);
}
