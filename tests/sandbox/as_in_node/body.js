// What requests and responses share: bodies of every kind, read once in every way.
const read = async (init, how = 'text', headers) => {
  const response = new Response(init, headers && { headers });
  return [response.headers.get('content-type'), await response[how]()];
};

same('kinds and their types', async () => [
  await read('é'),
  await read(new URLSearchParams({ a: 'b c' })),
  await read(new Blob(['x'], { type: 'a/B' })),
  await read(new Blob(['x'])),
  await read(new Uint8Array([65, 66]).subarray(1)),
  await read(new Uint16Array([0x4141])),
  await read(new DataView(new ArrayBuffer(2))),
  await read(new Uint8Array([67]).buffer),
  await read({}),
  await read(5),
]);
same('a type that is given stays', () => read('x', 'text', { 'Content-Type': 'mine/own' }));
same('no body', async () => {
  const response = new Response();
  return [response.body, response.bodyUsed, await response.text(), response.bodyUsed, await response.text()];
});
same('json', async () => [
  await new Response('{"a":[1]}').json(),
  (await failed(() => new Response('{').json()))[0],
  (await failed(() => new Response().json()))[0],
]);
same('a byte order mark', async () => [
  (await new Response('\ufeffx').text()).length,
  await new Response('\ufeff{"a":1}').json(),
]);
same('bytes and buffers', async () => [
  [...(await new Response('ab').bytes())],
  [...new Uint8Array(await new Response('ab').arrayBuffer())],
  (await new Response('ab').bytes()) instanceof Uint8Array,
  (await new Response('ab').arrayBuffer()) instanceof ArrayBuffer,
]);
same('blobs have the type', async () => {
  const types = ['text/plain;charset=UTF-8', 'a/b; X="y z"', 'nonsense', ''];
  return Promise.all(
    types.map(async (type) => (await new Response('x', { headers: { 'content-type': type } }).blob()).type),
  );
});
same('read once', async () => {
  const response = new Response('x');
  const first = response.text();
  return [
    response.bodyUsed,
    await first,
    response.bodyUsed,
    await failed(() => response.text()),
    await failed(() => response.json()),
  ];
});
same('its stream', async () => {
  const response = new Response('ab');
  const stream = response.body;
  const before = [stream === response.body, stream.locked, response.bodyUsed];
  const chunks = await all(stream);
  return [before, Buffer.concat(chunks).toString(), response.bodyUsed, (await failed(() => response.text()))[0]];
});
same('a stream that was taken keeps others out', async () => {
  const response = new Response('ab');
  const reader = response.body.getReader();
  return [
    response.bodyUsed,
    (await failed(() => response.text()))[0],
    (await reader.read()).value.length,
    response.bodyUsed,
  ];
});
same('a cancelled stream was used', async () => {
  const response = new Response('ab');
  await response.body.cancel();
  return [response.bodyUsed, (await failed(() => response.text()))[0]];
});
same('the stream of a body that was read', async () => {
  const response = new Response('ab');
  await response.text();
  return [response.body.locked, response.bodyUsed];
});
same('of a stream', async () => [
  await read(ReadableStream.from([new Uint8Array([65]), new Uint8Array([66])])),
  (await failed(() => read(ReadableStream.from(['text']))))[0],
]);
same('of a stream that is in use', () => {
  const locked = new ReadableStream();
  locked.getReader();
  const used = new ReadableStream();
  used.cancel();
  return [locked, used].map((stream) => fail(() => new Response(stream))[0]);
});
same('of a stream that fails', () =>
  failed(() => new Response(new ReadableStream({ pull: (c) => c.error(new RangeError('bad')) })).text()),
);
same('of an async iterable', () =>
  read(
    (async function* () {
      yield new Uint8Array([65]);
      yield Buffer.from('é');
    })(),
  ),
);
same('clones', async () => {
  const one = new Response('abc', { status: 201, statusText: 'S', headers: { a: 'b' } });
  const two = one.clone();
  two.headers.set('a', 'c');
  return [
    await one.text(),
    one.headers.get('a'),
    two.status,
    two.statusText,
    two.bodyUsed,
    await two.text(),
    two.headers.get('a'),
  ];
});
same('clones of streams', async () => {
  const one = new Response(ReadableStream.from([new Uint8Array([65]), new Uint8Array([66])]));
  const two = one.clone();
  const three = two.clone();
  return [await one.text(), await three.text(), await two.text()];
});
same('what was read has no clone', async () => {
  const response = new Response('x');
  await response.text();
  const locked = new Response('x');
  locked.body.getReader();
  return [fail(() => response.clone())[0], fail(() => locked.clone())[0]];
});
same('symbols are no body', () => fail(() => new Response(Symbol('x')))[0]);
same('bytes that change later do not matter', async () => {
  const bytes = new Uint8Array([65]);
  const response = new Response(bytes);
  bytes[0] = 66;
  return response.text();
});
same('methods need an object of theirs', async () => [
  await failed(() => Response.prototype.text.call({})).then(([name]) => name),
  await failed(() => Request.prototype.text.call(new Response())).then(([name]) => name),
]);
same('a byte order mark in a form is a character', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return [...(await new Response('\ufeffa=\ufeffb', { headers }).formData())];
});
