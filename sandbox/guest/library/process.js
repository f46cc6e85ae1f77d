// https://nodejs.org/api/process.html: what a program asks about where it runs. There is no process here: what would end,
// change or look into one is refused.
import EventEmitter from 'node:events';
import { nextTick } from './process/ticks.js';
import { emitWarning } from './process/warnings.js';
import { refused } from './process/refused.js';
import { release, version, versions } from './process/versions.js';

const MEMORY_BYTES = 64 * 1024 * 1024;
const NANOSECONDS = 1_000_000n;

/** Its constructor is named as in Node, where it cannot be called either. */
const prototype = Object.create(EventEmitter.prototype, {
  constructor: { value: { process() {} }.process, configurable: true, writable: true },
  [Symbol.toStringTag]: { value: 'process', configurable: true },
});

const process = Object.assign(Object.create(prototype), {
  version,
  versions,
  arch: 'x64',
  platform: 'linux',
  release,
  argv: ['/usr/local/bin/node', '/action.js'],
  argv0: 'node',
  execArgv: [],
  execPath: '/usr/local/bin/node',
  env: environment(),
  pid: 1,
  ppid: 0,
  title: 'node',
  exitCode: undefined,
  noDeprecation: true,
  debugPort: 9229,
  config: { target_defaults: {}, variables: {} },
  allowedNodeEnvironmentFlags: new Set(),
  features: {
    inspector: false,
    debug: false,
    uv: false,
    ipv6: true,
    tls_alpn: true,
    tls_sni: true,
    tls_ocsp: false,
    tls: true,
    cached_builtins: true,
    require_module: false,
    typescript: false,
  },
  report: { writeReport: refused('report'), getReport: refused('report') },

  nextTick,
  emitWarning,
  cwd: () => '/',
  umask: () => 0o22,
  uptime: () => runtime.module('performance').performance.now() / 1000,
  hrtime: Object.assign(hrtime, { bigint: () => BigInt(Date.now()) * NANOSECONDS }),
  cpuUsage: () => ({ user: 0, system: 0 }),
  resourceUsage: () => ({ userCPUTime: 0, systemCPUTime: 0, maxRSS: MEMORY_BYTES / 1024 }),
  memoryUsage: Object.assign(memoryUsage, { rss: () => MEMORY_BYTES }),
  availableMemory: () => MEMORY_BYTES,
  constrainedMemory: () => MEMORY_BYTES,
  getActiveResourcesInfo: () => [],
  getBuiltinModule: (/** @type {string} */ name) => (runtime.isBuiltin(name) ? runtime.require(name) : undefined),
  getuid: () => 65534,
  geteuid: () => 65534,
  getgid: () => 65534,
  getegid: () => 65534,
  getgroups: () => [65534],
  setUncaughtExceptionCaptureCallback() {},
  hasUncaughtExceptionCaptureCallback: () => false,
  setSourceMapsEnabled() {},
  ref() {},
  unref() {},

  abort: refused('abort'),
  binding: refused('binding'),
  chdir: refused('chdir'),
  dlopen: refused('dlopen'),
  exit: refused('exit', 'An action ends when its handler returns or throws'),
  execve: refused('execve'),
  initgroups: refused('initgroups'),
  kill: refused('kill'),
  loadEnvFile: refused('loadEnvFile', 'Values that an action needs are its secrets: event.secrets'),
  openStdin: refused('openStdin'),
  reallyExit: refused('exit', 'An action ends when its handler returns or throws'),
  setegid: refused('setegid'),
  seteuid: refused('seteuid'),
  setgid: refused('setgid'),
  setgroups: refused('setgroups'),
  setuid: refused('setuid'),
});

for (const name of ['stdin', 'stdout', 'stderr']) {
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => runtime.module('process-streams')[name],
  });
}

export { process as 'module.exports' };

/** Empty, and values become text as in Node. */
function environment() {
  return new Proxy(/** @type {Record<string, string>} */ ({}), {
    set(target, name, value) {
      if (typeof name === 'symbol' || typeof value === 'symbol') {
        throw new TypeError('Cannot convert a Symbol value to a string');
      }
      target[name] = `${value}`;
      return true;
    },
  });
}

/** @param {[number, number]} [since] @returns {[number, number]} seconds and nanoseconds */
function hrtime(since) {
  if (since !== undefined && !Array.isArray(since))
    throw runtime.invalidArgument('time', 'an instance of Array', since);
  const now = Date.now();
  const seconds = Math.trunc(now / 1000) - (since?.[0] ?? 0);
  const nanoseconds = (now % 1000) * 1e6 - (since?.[1] ?? 0);
  return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1e9] : [seconds, nanoseconds];
}

/** The limit: what is used of it is the host's to know. */
function memoryUsage() {
  return {
    rss: MEMORY_BYTES,
    heapTotal: MEMORY_BYTES,
    heapUsed: MEMORY_BYTES / 2,
    external: 0,
    arrayBuffers: 0,
  };
}
