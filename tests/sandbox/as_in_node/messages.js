// MessageChannel, MessagePort, and what structuredClone knows of the platform's classes.
const received = (port) => new Promise((resolve) => port.addEventListener('message', resolve, { once: true }));

same('a message arrives as a task', async () => {
  const { port1, port2 } = new MessageChannel();
  const seen = [];
  const arrival = new Promise((resolve) => {
    port2.onmessage = (e) => {
      seen.push(['message', e.data, e.type, e.ports.length, e.target === port2]);
      resolve();
    };
  });
  port1.postMessage({ a: [1, new Map([[1, 2]])] });
  await null;
  seen.push('after a microtask');
  await arrival;
  port1.close();
  return [seen[0], seen[1][2], seen[1][1].a.length, seen[1][1].a[1].get(1), seen[1].slice(3)];
});
same('messages wait in order until the port is started', async () => {
  const { port1, port2 } = new MessageChannel();
  for (const n of [1, 2, 3]) port1.postMessage(n);
  await later();
  const seen = [];
  await new Promise((resolve) => {
    port2.onmessage = (e) => seen.push(e.data) === 3 && resolve();
  });
  port2.close();
  return seen;
});
same('both ways', async () => {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = (e) => port2.postMessage(e.data * 2);
  const answer = received(port1);
  port1.postMessage(21);
  const { data } = await answer;
  port1.close();
  return data;
});
same('what cannot be cloned', () => {
  const { port1 } = new MessageChannel();
  const told = [
    fail(() => port1.postMessage(() => 0))[0],
    fail(() => port1.postMessage())[0],
    fail(() => port1.postMessage(1, [port1]))[0],
  ];
  port1.close();
  return told;
});
same('buffers move', async () => {
  const { port1, port2 } = new MessageChannel();
  const arrival = received(port2);
  port2.start();
  const bytes = new Uint8Array([1, 2]);
  port1.postMessage(bytes, [bytes.buffer]);
  const { data } = await arrival;
  port1.close();
  return [bytes.length, [...data]];
});
same('ports move', async () => {
  const outer = new MessageChannel();
  const inner = new MessageChannel();
  const arrival = received(outer.port2);
  outer.port2.start();
  inner.port1.postMessage('waits');
  outer.port1.postMessage({ port: inner.port2 }, [inner.port2]);
  const { data, ports } = await arrival;
  const [moved] = ports;
  const first = received(moved);
  moved.start();
  const { data: text } = await first;
  outer.port1.close();
  inner.port1.close();
  return [moved === data.port, moved instanceof MessagePort, text];
});
same('a port that does not move cannot be cloned', () => {
  const { port1 } = new MessageChannel();
  const told = fail(() => structuredClone({ port1 }))[0];
  port1.close();
  return told;
});
same('nothing arrives at a port that is closed', async () => {
  const { port1, port2 } = new MessageChannel();
  let n = 0;
  port2.onmessage = () => n++;
  const closed = new Promise((resolve) => port1.addEventListener('close', resolve));
  port2.close();
  await closed;
  port1.postMessage(1);
  await later();
  return n;
});
same('ports are not made by hand', () => fail(() => new MessagePort())[0]);
standard('tags', '[object MessagePort]', () => String(new MessageChannel().port1));
same('blobs and files are cloned', async () => {
  const blob = structuredClone(new Blob(['x'], { type: 'a/b' }));
  const file = structuredClone({ f: [new File(['y'], 'n', { lastModified: 5 })] }).f[0];
  return [
    blob instanceof Blob,
    blob.type,
    await blob.text(),
    file instanceof File,
    file.name,
    file.lastModified,
    await file.text(),
  ];
});
same('what only says that it is a blob', () => {
  const copy = structuredClone({ [Symbol.toStringTag]: 'Blob', a: 1 });
  return [copy instanceof Blob, copy.a];
});
same('transfer lists', () => [
  fail(() => structuredClone(1, { transfer: [{}] })),
  fail(() => structuredClone(1, { transfer: [new URL('https://example.com')] })),
  fail(() => structuredClone(1, { transfer: [5] }))[0],
]);
same('what holds its state inside cannot be cloned', () =>
  [
    new URL('https://example.com'),
    new URLSearchParams('a=1'),
    new Headers(),
    new Request('https://example.com'),
    new Response('x'),
    new FormData(),
    new ReadableStream(),
    new TransformStream(),
    new MessageChannel(),
  ].map((value) => fail(() => structuredClone({ value }))[0]),
);
standard('nor can what Node empties', Array(8).fill('DataCloneError'), () =>
  [
    new Event('x'),
    new EventTarget(),
    new (class Emitter extends EventTarget {})(),
    new AbortController(),
    new TextDecoder(),
    new TextEncoder(),
    performance,
    crypto,
  ].map((value) => fail(() => structuredClone({ value }))[0]),
);
same('an object of the name of an interface is an object', () => {
  const copy = structuredClone({ [Symbol.toStringTag]: 'URL', a: 1 });
  return [copy instanceof URL, copy.a, structuredClone({ [Symbol.toStringTag]: 'fetch', a: 2 }).a];
});
