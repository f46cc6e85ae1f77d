// Response.
const seen = (r) => [r.type, r.url, r.redirected, r.status, r.ok, r.statusText, r.body === null, [...r.headers]];

same('defaults', () => seen(new Response()));
same('options', () => seen(new Response('x', { status: 404, statusText: 'Gone away', headers: { a: 'b' } })));
same('statuses', () => [199, 600, 0, 'x', 1000, 70000].map((status) => fail(() => new Response(null, { status }))));
same('statuses as text', () => new Response(null, { status: '204' }).status);
same('which are fine', () => [200, 204, 299, 300, 404, 599].map((status) => new Response(null, { status }).ok));
same('status texts that are none', () =>
  ['a\nb', '\u{100}'].map((statusText) => fail(() => new Response(null, { statusText }))[0]),
);
same('no body with some statuses', () =>
  [204, 205, 304].map((status) => [fail(() => new Response('x', { status }))[0], new Response(null, { status }).body]),
);
same('json', async () => {
  const r = Response.json({ a: [1] }, { status: 201, headers: { b: 'c' } });
  return [
    seen(r),
    await r.text(),
    Response.json(null).headers.get('content-type'),
    Response.json(1, { headers: { 'content-type': 'x/y' } }).headers.get('content-type'),
  ];
});
same('json of what is none', () => [
  fail(() => Response.json(undefined))[0],
  fail(() => Response.json(Symbol('x')))[0],
  fail(() => Response.json(1n))[0],
  fail(() => Response.json())[0],
]);
same('redirects', () => [seen(Response.redirect('http://a/b c')), Response.redirect('http://a', 308).status]);
same('redirects that are none', () => [
  fail(() => Response.redirect('nope'))[0],
  fail(() => Response.redirect('http://a', 200))[0],
  fail(() => Response.redirect('http://a', 304))[0],
]);
same('errors', () => seen(Response.error()));
same('the headers of redirects and errors stay as they are', () =>
  [Response.redirect('http://a'), Response.error()].map((r) => fail(() => r.headers.set('a', 'b'))),
);
same('tags', () => [String(new Response()), typeof Response.json]);
same('an init must be an object', () => [fail(() => new Response('x', 5))[0], new Response('x', null).status]);
same('on the console', () => require('util').inspect(new Response('x', { headers: { a: 'b' } })));
same('a data URL', async () => {
  const urls = [
    'data:,a%20b',
    'data:text/html;charset=utf-8,%3Cb%3E',
    'data:;base64,aGk',
    'data:text/plain ; base64,aGk=',
    'data:x,%ff#frag',
    'data:;charset=x,y',
  ];
  return Promise.all(
    urls.map(async (url) => {
      const r = await fetch(url);
      return [r.status, r.statusText, r.type, r.headers.get('content-type'), [...(await r.bytes())]];
    }),
  );
});
same('data URLs that are none', async () =>
  Promise.all(['data:text/plain', 'data:;base64,a', 'data:;base64,*'].map((url) => failed(() => fetch(url)))),
);
same('schemes that are not fetched', async () =>
  Promise.all(
    ['ftp://a/', 'file:///etc/passwd', 'about:blank', 'javascript:1'].map(async (url) => failed(() => fetch(url))),
  ),
);
same('addresses that are none', async () => [
  await failed(() => fetch('nope')),
  await failed(() => fetch()).then(([name]) => name),
  await fetch('nope').catch((e) => e.cause.code),
]);
same('fetch with an aborted signal', async () => [
  await failed(() => fetch('http://127.0.0.1:1/', { signal: AbortSignal.abort() })),
  await fetch('http://127.0.0.1:1/', { signal: AbortSignal.abort('mine') }).catch((e) => e),
]);
