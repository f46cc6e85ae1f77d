/**
 * Runs an action's bundle in Node itself, to see what is right: node as_in_node.cjs BUNDLE HANDLER, with
 * {event, pins: {"host:port": port}} on standard input; prints {commands, logs, error}.
 */
'use strict';
const dns = require('node:dns');
const fs = require('node:fs');
const net = require('node:net');
const util = require('node:util');

const [, , bundle, handler] = process.argv;
const { event, pins } = JSON.parse(fs.readFileSync(0, 'utf8'));

// A name and port of the pins leads to the loopback; TLS asks for the name all the same.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  let [options, done] = Array.isArray(given[0]) ? given[0] : given;
  const port = options !== null && typeof options === 'object' && pins[`${options.host}:${options.port}`];
  if (!port) {
    if (typeof options === 'object') process.stderr.write(`not pinned: ${options.host}:${options.port}\n`);
    else [options, done] = [{ port: given[0], host: given[1] }, given[2]];
  }
  const real = port || pins[`${options.host}:${options.port}`];
  return connect.call(this, { ...options, ...(real && { host: '127.0.0.1', port: real }) }, done);
};

// A package that looks names up by itself finds the loopback, too.
const known = new Set(Object.keys(pins).map((pin) => pin.split(':')[0]));
const { lookup } = dns;
dns.lookup = (name, options, done) => {
  const given = typeof options === 'function' ? {} : options;
  const tell = typeof options === 'function' ? options : done;
  if (!known.has(name)) return lookup(name, given, tell);
  const found = { address: '127.0.0.1', family: 4 };
  setImmediate(() => (given.all ? tell(null, [found]) : tell(null, found.address, 4)));
};
dns.promises.lookup = (name, options) =>
  new Promise((resolve, reject) =>
    dns.lookup(name, options ?? {}, (error, address, family) =>
      error ? reject(error) : resolve(Array.isArray(address) ? address : { address, family }),
    ),
  );
dns.resolve4 = (name, done) => setImmediate(() => done(null, ['127.0.0.1']));
dns.resolve6 = (name, done) => setImmediate(() => done(Object.assign(new Error('no address'), { code: 'ENODATA' })));
dns.Resolver.prototype.resolve4 = dns.resolve4;
dns.Resolver.prototype.resolve6 = dns.resolve6;

const commands = [];
const logs = [];
for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
  console[level] = (...said) => logs.push({ level, message: util.format(...said) });
}
const recorder = (path) =>
  new Proxy(() => {}, {
    get: (_target, name) => (name === 'then' ? undefined : recorder(`${path}.${String(name)}`)),
    apply: (_target, _this, args) => {
      commands.push({ method: path, args });
      return recorder('api');
    },
  });

(async () => {
  let error = null;
  try {
    const action = require(bundle);
    await action[handler](event, recorder('api'));
  } catch (failure) {
    error = util.inspect(failure);
  }
  process.stdout.write(JSON.stringify({ commands, logs, error }), () => process.exit(0));
})();
