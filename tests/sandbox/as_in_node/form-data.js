// FormData, its text as multipart, and back.
const form = (...pairs) => {
  const made = new FormData();
  for (const pair of pairs) made.append(...pair);
  return made;
};
const written = async (...pairs) => {
  const response = new Response(form(...pairs));
  const type = response.headers.get('content-type');
  const boundary = /boundary=(.*)$/.exec(type)[1];
  return (await response.text()).replaceAll(boundary, 'B');
};
const read = async (text, type = 'multipart/form-data; boundary=B') => {
  const data = await new Response(text, { headers: { 'content-type': type } }).formData();
  return Promise.all(
    [...data].map(async ([name, v]) => [name, typeof v === 'string' ? v : [v.name, v.type, await v.text()]]),
  );
};
const CRLF = '\r\n';

same('appending and asking', () => {
  const f = form(['a', '1'], ['b', 2], ['a', null]);
  return [f.get('a'), f.getAll('a'), f.get('x'), f.getAll('x'), f.has('b'), [...f], [...f.keys()]];
});
same('set replaces in place', () => {
  const f = form(['a', '1'], ['b', '2'], ['a', '3']);
  f.set('a', 'new');
  f.set('c', '4');
  f.delete('b');
  return [...f];
});
same('blobs become files', () => {
  const f = form(
    ['a', new Blob(['x'], { type: 't/u' })],
    ['b', new Blob(['y']), 'name.txt'],
    ['c', new File([], 'own')],
    ['d', new File([], 'own'), 'other'],
  );
  return [...f].map(([key, file]) => [key, file.name, file.type, file instanceof File]);
});
same('a name is for blobs', () => fail(() => form(['a', 'text', 'name']))[0]);
same('a form is for browsers', () => [fail(() => new FormData({}))[0], fail(() => new FormData(undefined))]);
same('lone surrogates', () => [...form(['\ud800', '\udc00'])].flat().map((text) => text.codePointAt(0)));
same('arguments are needed', () =>
  ['append', 'set', 'get', 'getAll', 'has', 'delete'].map((name) => fail(() => new FormData()[name]())[0]),
);
same('written', () =>
  written(
    ['a', 'line\nline\r\nline\rend'],
    ['n"am\re\n', 'v'],
    ['f', new File(['x\ny'], 'fi"le\r.txt', { type: 'text/x' })],
    ['g', new Blob([])],
  ),
);
same('written and read', async () => {
  const data = await new Response(
    form(['a', 'é'], ['b', ''], ['f', new File(['\0\xff'], 'ü.bin')], ['"\r\n', '"\r\n']),
  ).formData();
  return Promise.all(
    [...data].map(async ([name, v]) => [name, typeof v === 'string' ? v : [v.name, v.type, [...(await v.bytes())]]]),
  );
});
same('an empty form', async () => (await new Response(new FormData()).formData()) instanceof FormData);
same('url-encoded', () => read('a=1&b=%C3%A9+x&a', 'application/x-www-form-urlencoded;charset=UTF-8'));
same('read by hand', () =>
  read(
    [
      '--B',
      'Content-Disposition: form-data; name="a"',
      '',
      'one',
      '--B',
      'content-disposition: form-data; name="f"; filename="x.txt"',
      'Content-Type: text/X',
      '',
      'two',
      '--B--',
      '',
    ].join(CRLF),
  ),
);
standard('a content that looks like a boundary', [['a', 'x --B y']], () =>
  read(['--B', 'Content-Disposition: form-data; name="a"', '', 'x --B y', '--B--', ''].join(CRLF)),
);
same('a quoted boundary', () =>
  read(
    ['--B', 'Content-Disposition: form-data; name="a"', '', '1', '--B--', ''].join(CRLF),
    'multipart/form-data; charset=x; boundary="B"',
  ),
);
same('what is no form', async () => {
  const texts = [
    '',
    'x',
    '--B',
    ['--B', 'Content-Disposition: form-data; name="a"', '', 'no end'].join(CRLF),
    ['--B', '', 'x', '--B--'].join(CRLF),
    ['--B', 'Content-Disposition: attachment; name="a"', '', 'x', '--B--'].join(CRLF),
  ];
  return Promise.all(texts.map(async (text) => (await failed(() => read(text)))[0]));
});
same('types that are no form', async () => [
  (await failed(() => read('a=1', 'text/plain')))[0],
  (await failed(() => read('a=1', 'multipart/form-data')))[0],
  (await failed(() => new Response('a=1', { headers: [['content-type', '']] }).formData()))[0],
]);
