// fetch against a real server. `base` is its address.
const caught = async (promise) => {
  try {
    await promise;
    return 'nothing was thrown';
  } catch (e) {
    return e instanceof Error ? [e.name, e.message] : e;
  }
};
const post = (base, body, more) => fetch(`${base}/echo`, { method: 'POST', body, ...more }).then((r) => r.json());

same('an answer of JSON', async (base) => {
  const r = await fetch(`${base}/json`);
  return [r.status, r.ok, r.type, r.statusText, r.headers.get('content-type'), await r.json(), r.redirected];
});
same('headers of a request', async (base) => (await fetch(`${base}/echo`, { headers: { 'X-Own': 'v' } })).json());
same('bodies of all kinds', async (base) => [
  await post(base, 'hé'),
  await post(base, new URLSearchParams('a=b')),
  await post(base, new Blob(['x'], { type: 'a/b' })),
  await post(base, new Uint8Array(3 << 20)),
  await post(base, undefined),
  await post(base, ''),
]);
same('methods', async (base) =>
  Promise.all(
    ['put', 'DELETE', 'PATCH', 'OPTIONS'].map(async (method) => (await fetch(`${base}/echo`, { method })).json()),
  ),
);
same('a form', async (base) => {
  const form = new FormData();
  form.append('a', '1');
  return (await post(base, form)).type.slice(0, 29);
});
same('a stream as a body', async (base) =>
  post(base, ReadableStream.from([new Uint8Array([65]), new Uint8Array([66])]), { duplex: 'half' }),
);
same('a long stream as a body', async (base) => {
  let n = 0;
  const body = new ReadableStream({ pull: (c) => (n++ < 40 ? c.enqueue(new Uint8Array(50_000)) : c.close()) });
  return post(base, body, { duplex: 'half' });
});
same('a stream that fails', async (base) =>
  caught(post(base, new ReadableStream({ pull: (c) => c.error(new RangeError('mine')) }), { duplex: 'half' })),
);
same('a peer that answers early', async (base) => {
  const body = new ReadableStream({
    pull(c) {
      c.enqueue(new Uint8Array(1000));
      return later();
    },
  });
  const r = await fetch(`${base}/early`, { method: 'POST', duplex: 'half', body });
  return [r.status, await r.text()];
});
const redirected = (code) => async (base) => {
  const seen = [];
  for (const [method, body] of [['GET'], ['POST', 'x'], ['HEAD'], ['PUT', 'y']]) {
    const r = await fetch(`${base}/redirect?code=${code}`, { method, body, headers: { 'x-own': 'kept' } });
    seen.push([r.status, r.redirected, r.url.endsWith('/echo'), await r.text()]);
  }
  return seen;
};
same('moved permanently', redirected(301));
same('found', redirected(302));
same('see other', redirected(303));
same('temporary redirect', redirected(307));
same('permanent redirect', redirected(308));
same('a redirect that is not followed', async (base) => {
  const r = await fetch(`${base}/redirect?code=302`, { redirect: 'manual' });
  return [r.status, r.type, r.headers.get('location'), r.redirected, r.url.endsWith('302')];
});
same('a redirect that is not wanted', async (base) =>
  caught(fetch(`${base}/redirect?code=302`, { redirect: 'error' })),
);
same('redirects without an end', async (base) => {
  const e = await fetch(`${base}/loop`).catch((e) => e);
  return [e.message, e.cause.message];
});
same('a compressed answer', async (base) => {
  const r = await fetch(`${base}/gzip`);
  return [r.headers.get('content-encoding'), (await r.text()).length];
});
same('headers of an answer', async (base) => {
  const r = await fetch(`${base}/cookies`);
  return [r.headers.getSetCookie(), r.headers.get('x-two')];
});
same('an answer in pieces', async (base) => (await fetch(`${base}/chunks`)).text());
same('an answer as a stream', async (base) =>
  (await all((await fetch(`${base}/chunks`)).body.pipeThrough(new TextDecoderStream()))).join(''),
);
same('a long answer', async (base) => {
  const r = await fetch(`${base}/big`);
  const copy = r.clone();
  return (await Promise.all([r.text(), copy.text()])).map((text) => text.length);
});
same('an answer that is not wanted any more', async (base) => {
  const r = await fetch(`${base}/big`);
  await r.body.cancel();
  return [r.bodyUsed, await (await fetch(`${base}/json`)).text()];
});
same('an answer that breaks off', async (base) => {
  const r = await fetch(`${base}/cut`);
  const e = await r.text().catch((e) => e);
  return [r.status, e.name, e.message, e.cause.code];
});
same('a peer that hangs up', async (base) => {
  const e = await fetch(`${base}/close`).catch((e) => e);
  return [e.name, e.message, e.cause.code];
});
same('a peer that speaks no HTTP', async (base) => caught(fetch(`${base}/garbage`)));
same('a peer that says nothing', async (base) => caught(fetch(`${base}/silent`, { signal: AbortSignal.timeout(30) })));
same('aborting between head and end', async (base) => {
  const c = new AbortController();
  const r = await fetch(`${base}/begun`, { signal: c.signal });
  later(20).then(() => c.abort('mine'));
  return caught(r.text());
});
same('no content', async (base) => {
  const r = await fetch(`${base}/nothing`);
  return [r.status, r.body, await r.text()];
});
same('not found', async (base) => {
  const r = await fetch(`${base}/missing`);
  return [r.status, r.ok, r.statusText, await r.text()];
});
same('the head alone', async (base) => {
  const r = await fetch(`${base}/json`, { method: 'HEAD' });
  return [r.status, r.headers.get('content-type'), r.body, await r.text()];
});
same('a name without an address', async () => {
  const e = await fetch('http://nope.invalid/').catch((e) => e);
  return [e.name, e.message, e.cause.code];
});
same(
  'a length that is wrong',
  async (base) => (await caught(post(base, 'xyz', { headers: { 'content-length': '5' } })))[0],
);
same('twenty at once', async (base) =>
  Promise.all(Array.from({ length: 20 }, () => fetch(`${base}/json`).then((r) => r.status))),
);
