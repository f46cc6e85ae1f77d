// Calls Auth0's own clients as it is told, a line of JSON at a time, and answers a line with what they gave or threw.
//
//   {"client": "sdk" | "legacy", "call": "actions.versions.list", "args": [...], "every": true}
//
// `every` walks all pages as a program does that iterates. {"methods": "actions"} lists what can be called there.
// Domain and credentials are in the environment, as `auth0-deploy-cli` has them.
const { readFileSync } = require('node:fs');
const readline = require('node:readline');

const { ManagementClient } = require('auth0');
const { ManagementClient: LegacyClient } = require('auth0/legacy');

/** How a client shows who it is: with a token, with what its private key signs, or with its secret. */
function credentials(environment) {
  if (environment.AUTH0_ACCESS_TOKEN) return { token: environment.AUTH0_ACCESS_TOKEN };
  const clientId = environment.AUTH0_CLIENT_ID;
  if (!environment.AUTH0_CLIENT_SIGNING_KEY_PATH) return { clientId, clientSecret: environment.AUTH0_CLIENT_SECRET };
  return {
    clientId,
    clientAssertionSigningKey: readFileSync(environment.AUTH0_CLIENT_SIGNING_KEY_PATH, 'utf8'),
    clientAssertionSigningAlg: environment.AUTH0_CLIENT_SIGNING_ALGORITHM,
  };
}

const options = { domain: process.env.AUTH0_DOMAIN, ...credentials(process.env) };
const clients = {
  sdk: new ManagementClient({ ...options, maxRetries: 0 }),
  legacy: new LegacyClient({ ...options, retry: { enabled: false } }),
};

function part(client, path) {
  return path.reduce((found, name) => found[name], clients[client]);
}

async function called({ client = 'sdk', call, args = [], every = false }) {
  const path = call.split('.');
  const method = path.pop();
  const given = await part(client, path)[method](...args);
  if (every) {
    const items = [];
    for await (const item of given) items.push(item);
    return items;
  }
  // A page of the SDK; what the legacy client gives is {data, status, headers}.
  if (given && typeof given.hasNextPage === 'function') return given.response;
  return given === undefined ? null : given;
}

/** The dotted names of all that can be called below a client, as its classes have them. */
function methods(client, name) {
  const found = [];
  const below = part(client, name.split('.'));
  const members = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(below));
  for (const [member, { value, get }] of Object.entries(members)) {
    if (member === 'constructor' || member.startsWith('_')) continue;
    if (get) found.push(...methods(client, `${name}.${member}`));
    else if (typeof value === 'function') found.push(`${name}.${member}`);
  }
  return found;
}

function thrown(error) {
  const { name, message, statusCode, body, msg, errorCode } = error;
  return { name, message, statusCode, body: body ?? msg, errorCode };
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    let answer;
    try {
      answer = asked.methods
        ? { value: methods(asked.client ?? 'sdk', asked.methods) }
        : { value: await called(asked) };
    } catch (error) {
      answer = { thrown: thrown(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

main();
