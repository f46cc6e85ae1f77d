// Readable, writable and transform streams. The package's own tests are the standard's; these say that
same('reading by a reader', async () => {
  const r = new ReadableStream({
    start(c) {
      c.enqueue('a');
      c.enqueue('b');
      c.close();
    },
  }).getReader();
  return [await r.read(), await r.read(), await r.read(), (await r.closed) === undefined];
});

same('reading by iteration', async () => {
  let n = 0;
  const seen = [];
  for await (const chunk of new ReadableStream({
    pull(c) {
      n < 3 ? c.enqueue(n++) : c.close();
    },
  }))
    seen.push(chunk);
  return seen;
});

same('leaving an iteration cancels', async () => {
  let told;
  const s = new ReadableStream({
    pull(c) {
      c.enqueue(1);
    },
    cancel() {
      told = true;
    },
  });
  for await (const chunk of s) break;
  return [told, s.locked];
});

same('from iterables', async () => {
  const seen = [];
  for await (const x of ReadableStream.from([1, Promise.resolve(2)])) seen.push(x);
  for await (const x of ReadableStream.from(
    (async function* () {
      yield 'g';
    })(),
  ))
    seen.push(x);
  return seen;
});

same('tee', async () => {
  const [a, b] = ReadableStream.from(['x', 'y']).tee();
  const all = async (s) => {
    const seen = [];
    for await (const x of s) seen.push(x);
    return seen;
  };
  return [await all(a), await all(b)];
});

same('errors reach the reader', async () => {
  const r = new ReadableStream({
    pull() {
      throw new RangeError('broken');
    },
  }).getReader();
  try {
    await r.read();
  } catch (e) {
    return [e.name, e.message, await r.closed.catch((e) => e.message)];
  }
});

same('one reader at a time', () => {
  const s = new ReadableStream();
  s.getReader();
  return [s.locked, fail(() => s.getReader())[0]];
});

same('back-pressure', async () => {
  let pulled = 0;
  const s = new ReadableStream(
    {
      pull(c) {
        pulled++;
        c.enqueue(pulled);
      },
    },
    new CountQueuingStrategy({ highWaterMark: 3 }),
  );
  await new Promise((r) => setTimeout(r, 5));
  const before = pulled;
  const reader = s.getReader();
  await reader.read();
  await new Promise((r) => setTimeout(r, 5));
  return [before, pulled];
});

same('byte streams with the buffer of a reader', async () => {
  const s = new ReadableStream({
    type: 'bytes',
    start(c) {
      c.enqueue(new Uint8Array([1, 2, 3]));
      c.close();
    },
  });
  const r = s.getReader({ mode: 'byob' });
  const one = await r.read(new Uint8Array(2));
  const two = await r.read(new Uint8Array(2));
  const three = await r.read(new Uint8Array(2));
  return [[...one.value], [...two.value], three.done, three.value.length];
});

same('byte streams answer a request for bytes', async () => {
  const s = new ReadableStream({
    type: 'bytes',
    autoAllocateChunkSize: 4,
    pull(c) {
      c.byobRequest.view[0] = 9;
      c.byobRequest.respond(1);
    },
  });
  const { value } = await s.getReader().read();
  return [...value];
});

same('writing', async () => {
  const seen = [];
  const w = new WritableStream({
    write(x) {
      seen.push(x);
    },
    close() {
      seen.push('closed');
    },
  }).getWriter();
  await w.write(1);
  w.write(2);
  await w.close();
  return seen;
});

same('a writer knows how much it may write', async () => {
  let go;
  const w = new WritableStream(
    {
      write: () =>
        new Promise((r) => {
          go = r;
        }),
    },
    { highWaterMark: 2 },
  ).getWriter();
  const sizes = [w.desiredSize];
  await w.ready;
  w.write(1);
  w.write(2);
  sizes.push(w.desiredSize);
  await new Promise((r) => setTimeout(r, 1));
  go();
  await new Promise((r) => setTimeout(r, 1));
  sizes.push(w.desiredSize);
  return sizes;
});

same('aborting a writer', async () => {
  let told;
  const s = new WritableStream({
    start(c) {
      told = c.signal;
    },
    abort(reason) {
      this.r = reason;
    },
  });
  const w = s.getWriter();
  w.closed.catch(() => 0);
  await w.abort('why');
  return [told.aborted, told.reason];
});

same('piping through a transform', async () => {
  const up = new TransformStream({
    transform(x, c) {
      c.enqueue(x.toUpperCase());
    },
    flush(c) {
      c.enqueue('!');
    },
  });
  const seen = [];
  for await (const x of ReadableStream.from(['a', 'b']).pipeThrough(up)) seen.push(x);
  return seen;
});

same('piping stops with a signal', async () => {
  const c = new AbortController();
  let why;
  const p = new ReadableStream({
    pull() {
      c.abort(new Error('enough'));
      return new Promise(() => 0);
    },
  }).pipeTo(
    new WritableStream({
      abort(r) {
        why = r.message;
      },
    }),
    { signal: c.signal },
  );
  return [await p.catch((e) => e.message), why];
});

same('piping passes an error on', async () => {
  let why;
  const s = new ReadableStream({
    start(c) {
      c.error(new Error('bad'));
    },
  });
  return [
    await s
      .pipeTo(
        new WritableStream({
          abort(r) {
            why = r.message;
          },
        }),
      )
      .catch((e) => e.message),
    why,
  ];
});

same('strategies', () => [
  new ByteLengthQueuingStrategy({ highWaterMark: 9 }).size(new Uint8Array(5)),
  new CountQueuingStrategy({ highWaterMark: 9 }).size('x'),
]);

same('tags', () => [String(new ReadableStream()), String(new WritableStream()), String(new TransformStream())]);

same('controllers are not made', () =>
  [ReadableStreamDefaultController, ReadableByteStreamController, TransformStreamDefaultController].map(
    (C) => fail(() => new C())[0],
  ),
);

same('iterators of a stream are iterators of the language', () => {
  const AsyncIterator = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);
  return Object.getPrototypeOf(Object.getPrototypeOf(new ReadableStream().values())) === AsyncIterator;
});
