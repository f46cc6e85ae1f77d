// Metadata of the session, the refresh token and the transaction. Unlike the user's it is seen at once, in the event that
// the handler has in its hands.
const { JSONStringify, ObjectCreate, ObjectDefineProperty, ObjectKeys } = runtime.primordials;
const { granted, own, refuseArgument, refuseCall, run, utf8Length } = runtime.recorder;

const ENTRIES = 25;
const TRANSACTION_BYTES = 16384;

/** Our own account of what is set: the event's copy is the action's to change. @type {Record<string, Record<string, any>>} */
const accounts = ObjectCreate(null);

/** @type {Record<string, import('../types.js').Behaviour>} */
export const behaviours = {
  'api.session.setMetadata': (key, value) => set('api.session.setMetadata', 'session', run.session, key, value),
  'api.session.deleteMetadata': (key) => set('api.session.deleteMetadata', 'session', run.session, key, null),
  'api.session.evictMetadata': () => evict('api.session.evictMetadata', 'session', run.session),
  'api.refreshToken.setMetadata': (key, value) =>
    set('api.refreshToken.setMetadata', 'refresh_token', run.refreshToken, key, value),
  'api.refreshToken.deleteMetadata': (key) =>
    set('api.refreshToken.deleteMetadata', 'refresh_token', run.refreshToken, key, null),
  'api.refreshToken.evictMetadata': () => evict('api.refreshToken.evictMetadata', 'refresh_token', run.refreshToken),

  /** @param {string} key @param {string | number | boolean} value */
  'api.transaction.setMetadata'(key, value) {
    const account = accountOf('transaction', run.transaction);
    let bytes = sizeOf(key, value);
    const keys = ObjectKeys(account);
    for (let i = 0; i < keys.length; i++) {
      const other = /** @type {string} */ (keys[i]);
      if (other !== key) bytes += sizeOf(other, account[other]);
    }
    const most = granted('transaction_metadata_bytes', TRANSACTION_BYTES);
    if (bytes > most) {
      refuseArgument(
        'api.transaction.setMetadata',
        'value',
        `makes the transaction's metadata larger than ${most} bytes`,
      );
    }
    account[key] = value;
    show(run.transaction, key, value);
  },
};

/** @param {string} method @param {string} name @param {any} holder @param {string} key @param {string | null} value */
function set(method, name, holder, key, value) {
  needs(method, name, holder);
  const account = accountOf(name, holder);
  if (value === null) delete account[key];
  else {
    if (account[key] === undefined && ObjectKeys(account).length >= ENTRIES) {
      refuseArgument(method, 'key', `would be one more than ${ENTRIES} entries; delete another first`);
    }
    account[key] = value;
  }
  show(holder, key, value);
}

/** @param {string} method @param {string} name @param {any} holder */
function evict(method, name, holder) {
  needs(method, name, holder);
  const keys = ObjectKeys(accountOf(name, holder));
  accounts[name] = ObjectCreate(null);
  for (let i = 0; i < keys.length; i++) show(holder, /** @type {string} */ (keys[i]), null);
}

/** @param {string} method @param {string} name @param {any} holder */
function needs(method, name, holder) {
  if (typeof holder !== 'object' || holder === null) {
    refuseCall(method, `there is no event.${name} in this execution; ask for it first: if (event.${name}) ...`);
  }
}

/** @param {string} name @param {any} holder @returns {Record<string, any>} */
function accountOf(name, holder) {
  let account = accounts[name];
  if (account) return account;
  account = accounts[name] = /** @type {Record<string, any>} */ (ObjectCreate(null));
  const known = own(holder, 'metadata');
  const keys = typeof known === 'object' && known !== null ? ObjectKeys(known) : [];
  for (let i = 0; i < keys.length; i++)
    account[/** @type {string} */ (keys[i])] = known[/** @type {string} */ (keys[i])];
  return account;
}

/** @param {any} holder @param {string} key @param {unknown} value null deletes */
function show(holder, key, value) {
  try {
    let known = own(holder, 'metadata');
    if (known === undefined) define(holder, 'metadata', (known = {}));
    if (value === null) delete known[key];
    else define(known, key, value);
  } catch {
    // The action has frozen or replaced its copy of the event: what it sees there is its own affair.
  }
}

/** @param {any} object @param {string} key @param {unknown} value */
function define(object, key, value) {
  ObjectDefineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** @param {string} key @param {unknown} value @returns {number} */
function sizeOf(key, value) {
  return utf8Length(key) + utf8Length(typeof value === 'string' ? value : (JSONStringify(value) ?? ''));
}
