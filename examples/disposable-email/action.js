/**
 * No addresses for a day.
 *
 * A list of domains that give out mailboxes for minutes is fetched and cached: registrations of the next six hours ask
 * the cache. The list may have 8,000 characters, some 400 domains, as an entry of the cache holds 4,096 bytes and all of
 * them together 8,192. A longer one works, and is fetched each time.
 *
 * Trigger: pre-user-registration
 * Secret: LIST_URL, a text with a domain a line
 */
const KEYS = ['disposable/0', 'disposable/1'];
const ENTRY = 4_000;
const SIX_HOURS = 6 * 60 * 60 * 1_000;

/** @type {import('interlock-actions').OnExecutePreUserRegistration} */
exports.onExecutePreUserRegistration = async (event, api) => {
  const { email = '' } = event.user;
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  const listed = await domains(event.secrets.LIST_URL, api.cache);
  // Who has a domain has all below it, so the names above this one count, too.
  const names = domain.split('.').map((_, index, labels) => labels.slice(index).join('.'));
  if (!names.some((name) => listed.has(name))) return;
  console.info('refused to register an address at', domain);
  api.access.deny('disposable_email', 'Please register with an address that you will have tomorrow, too.');
};

async function domains(url, cache) {
  const parts = KEYS.map((key) => cache.get(key)?.value);
  let text = parts.join('');
  if (parts.includes(undefined)) {
    try {
      text = await fetched(url);
      keep(text, cache);
    } catch (error) {
      // The list keeps out a nuisance: without it, better let one in than keep everybody out.
      console.warn('registering without the list:', error.message);
      return new Set();
    }
  }
  return new Set(text.split('\n'));
}

async function fetched(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  if (!answer.ok) throw new Error(`its server answered ${answer.status}`);
  const lines = (await answer.text()).toLowerCase().split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))
    .join('\n');
}

function keep(text, cache) {
  if (text.length > KEYS.length * ENTRY) return console.warn('too long to be cached: %d characters', text.length);
  KEYS.forEach((key, index) => {
    const kept = cache.set(key, text.slice(index * ENTRY, (index + 1) * ENTRY), { ttl: SIX_HOURS });
    if (kept.type === 'error') console.warn('not cached:', kept.code);
  });
}
