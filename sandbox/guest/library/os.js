// https://nodejs.org/api/os.html: a machine with one processor, no name and no network interfaces, whatever the host is.
const { internalBinding } = runtime.module('node-bindings');

const MEMORY_BYTES = 64 * 1024 * 1024;

const { os: numbers } = internalBinding('constants');
const { dlopen, errno, priority, signals, UV_UDP_REUSEADDR } = numbers;

export const EOL = '\n';
export const devNull = '/dev/null';
export const constants = { UV_UDP_REUSEADDR, dlopen, errno, signals, priority };

export const arch = answers('x64');
export const availableParallelism = answers(1);
export const endianness = answers('LE');
export const freemem = answers(MEMORY_BYTES / 2);
export const homedir = answers('/');
export const hostname = answers('localhost');
export const machine = answers('x86_64');
export const platform = answers('linux');
export const release = answers('6.0.0');
export const tmpdir = answers('/tmp');
export const totalmem = answers(MEMORY_BYTES);
export const type = answers('Linux');
export const version = answers('#1');

export const cpus = () => [{ model: 'WebAssembly', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }];
export const getPriority = () => 0;
export const loadavg = () => [0, 0, 0];
export const networkInterfaces = () => ({});
export const uptime = () => 0;
export const userInfo = () => ({ uid: 65534, gid: 65534, username: 'nobody', homedir: '/', shell: null });

export function setPriority() {
  throw runtime
    .module('node-internals')
    .refusal(
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      'os.setPriority() is not available: an action runs in a sandbox that has no process of its own',
    );
}

/** As Node's: they also are what they answer when they are made a string. @template T @param {T} value @returns {() => T} */
function answers(value) {
  return Object.assign(() => value, { [Symbol.toPrimitive]: () => value });
}
