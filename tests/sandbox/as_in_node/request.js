// Request.
const seen = (r) => [
  r.method,
  r.url,
  r.redirect,
  r.mode,
  r.credentials,
  r.cache,
  r.referrer,
  r.referrerPolicy,
  r.integrity,
  r.keepalive,
  r.destination,
  r.duplex,
  r.body,
  [...r.headers],
];

same('defaults', () => seen(new Request('https://Example.com/a b#frag')));
same('from a URL object', () => new Request(new URL('https://a/b?c')).url);
same('options', () =>
  seen(
    new Request('http://a', {
      method: 'delete',
      redirect: 'manual',
      mode: 'same-origin',
      credentials: 'omit',
      cache: 'no-store',
      referrer: '',
      referrerPolicy: 'origin',
      integrity: 'sha',
      keepalive: true,
      headers: { a: 'b' },
      window: null,
    }),
  ),
);
same('methods', () =>
  ['get', 'post', 'patch', 'Put', 'options', 'x-own'].map((method) => new Request('http://a', { method }).method),
);
same('methods that are refused', () =>
  ['CONNECT', 'trace', 'TRACK', 'a b', '', 'é'].map((method) => fail(() => new Request('http://a', { method }))),
);
same('addresses that are none', () => ['nope', '', '/x', 'http://'].map((url) => fail(() => new Request(url))));
same('addresses with a password', () => fail(() => new Request('http://user:pass@a/')));
same('an address needs to be', () => fail(() => new Request())[0]);
same('choices that are none', () =>
  ['mode', 'credentials', 'cache', 'redirect', 'referrerPolicy', 'duplex'].map(
    (key) => fail(() => new Request('http://a', { [key]: 'nonsense', method: 'POST', body: 'x' }))[0],
  ),
);
same('navigating', () => fail(() => new Request('http://a', { mode: 'navigate' }))[0]);
same('only if cached', () => fail(() => new Request('http://a', { cache: 'only-if-cached' }))[0]);
same('bodies set the type', async () => {
  const r = new Request('http://a', { method: 'POST', body: new URLSearchParams('a=b') });
  return [r.headers.get('content-type'), r.bodyUsed, await r.text(), r.bodyUsed];
});
same('no body with GET or HEAD', () =>
  ['GET', 'HEAD'].map((method) => fail(() => new Request('http://a', { method, body: 'x' }))),
);
same('an empty body is one', () => fail(() => new Request('http://a', { body: '' }))[0]);
same('null is no body', () => new Request('http://a', { body: null }).body);
same('streams need duplex', async () => [
  fail(() => new Request('http://a', { method: 'POST', body: new ReadableStream() })),
  new Request('http://a', { method: 'POST', body: new ReadableStream(), duplex: 'half' }).headers.get('content-type'),
]);
same('made of another', async () => {
  const one = new Request('http://a', { method: 'POST', body: 'x', headers: { a: '1' } });
  const two = new Request(one, { headers: { b: '2' } });
  return [two.method, [...two.headers], await two.text(), one.bodyUsed, fail(() => new Request(one))[0]];
});
same('made of another with another body', async () => {
  const one = new Request('http://a', { method: 'POST', body: 'x' });
  const two = new Request(one, { body: 'y' });
  return [await two.text(), await one.text()];
});
same('made of another with a stream', async () => {
  const one = new Request('http://a', {
    method: 'POST',
    body: ReadableStream.from([new Uint8Array([65])]),
    duplex: 'half',
  });
  const two = new Request(one);
  return [await two.text(), one.bodyUsed];
});
same('headers are copied', () => {
  const headers = new Headers({ a: '1' });
  const one = new Request('http://a', { headers });
  headers.set('a', '2');
  const two = new Request(one);
  two.headers.set('a', '3');
  return [one.headers.get('a'), two.headers.get('a')];
});
same('names that browsers forbid are allowed', () => [
  ...new Request('http://a', { headers: { host: 'b', cookie: 'c', origin: 'd', 'Content-Length': '5', referer: 'x' } })
    .headers,
]);
same('signals', () => {
  const c = new AbortController();
  const r = new Request('http://a', { signal: c.signal });
  const copy = new Request(r);
  const clone = r.clone();
  const before = r.signal.aborted;
  c.abort('why');
  return [
    r.signal === c.signal,
    r.signal === r.signal,
    before,
    r.signal.aborted,
    r.signal.reason,
    copy.signal.aborted,
    clone.signal.reason,
  ];
});
same('signals that are none', () => [
  fail(() => new Request('http://a', { signal: {} }))[0],
  fail(() => new Request('http://a', { signal: 'x' }))[0],
  new Request('http://a', { signal: null }).signal.aborted,
]);
same('clones', async () => {
  const one = new Request('http://a', { method: 'POST', body: 'x', headers: { a: '1' } });
  const two = one.clone();
  return [await one.text(), await two.text(), two.headers.get('a'), two.method, fail(() => one.clone())[0]];
});
same('tags', () => String(new Request('http://a')));
same('an init must be an object', () => [
  fail(() => new Request('http://a', 5))[0],
  new Request('http://a', null).method,
]);
