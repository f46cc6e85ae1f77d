/**
 * Runs an action's bundle in Node itself, to see what is right: node as_in_node.cjs BUNDLE HANDLER, with
 * {event, pins: {"host:port": port}} on standard input; prints {commands, logs, error}.
 */
'use strict';
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

const commands = [];
const logs = [];
for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
  console[level] = (...said) => logs.push({ level, message: util.format(...said) });
}
const recorder = (path) =>
  new Proxy(() => {}, {
    get: (_target, name) => recorder(`${path}.${String(name)}`),
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
