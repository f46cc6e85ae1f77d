// Blob and File.
same('parts of all kinds', async () => {
  const b = new Blob([
    'aé',
    new Uint8Array([1, 2]),
    new Uint16Array([770]).buffer,
    new DataView(new ArrayBuffer(1)),
    new Blob(['x']),
    5,
  ]);
  return [b.size, [...(await b.bytes())], b.type];
});
same('types', () => ['text/PLAIN', 'a/b;c=D', 'é', undefined].map((type) => new Blob([], { type }).type));
same('what is no part list', () => [5, 'text', null, {}].map((parts) => fail(() => new Blob(parts))[0]));
same('slices', async () => {
  const b = new Blob(['0123456789'], { type: 'a/b' });
  const cut = [
    b.slice(),
    b.slice(2),
    b.slice(-3),
    b.slice(2, 4, 'C/D'),
    b.slice(5, 2),
    b.slice(-20, 20),
    b.slice(NaN, 1),
  ];
  return Promise.all(cut.map(async (s) => [await s.text(), s.type, s.size]));
});
same('text replaces what is no UTF-8', async () => new Blob([new Uint8Array([0x41, 0xff, 0x42])]).text());
same('its bytes are its own', async () => {
  const mine = new Uint8Array([1]);
  const b = new Blob([mine]);
  mine[0] = 2;
  new Uint8Array(await b.arrayBuffer())[0] = 3;
  return [...(await b.bytes())];
});
same('streams', async () => {
  const chunks = await all(new Blob(['ab', 'cd']).stream());
  return [chunks.every((chunk) => chunk instanceof Uint8Array), Buffer.concat(chunks).toString()];
});
same('a stream for a reader with its own buffer', async () => {
  const reader = new Blob(['abc']).stream().getReader({ mode: 'byob' });
  const one = await reader.read(new Uint8Array(2));
  return [...one.value];
});
same('an empty stream', async () => all(new Blob([]).stream()));
standard('line endings', ['a\nb\nc\n', 'a\r\n', 'TypeError'], async () => [
  await new Blob(['a\r\nb\rc\n'], { endings: 'native' }).text(),
  await new Blob(['a\r\n'], { endings: 'transparent' }).text(),
  fail(() => new Blob([], { endings: 'x' }))[0],
]);
same('files', () => {
  const f = new File(['x'], 'näme.txt', { type: 'text/plain', lastModified: 5 });
  return [f.name, f.size, f.type, f.lastModified, f instanceof Blob, String(f), new File([], 5).name];
});
same('a file has the time it was made', () => Math.abs(new File([], 'x').lastModified - Date.now()) < 1000);
same('files need two arguments', () => [fail(() => new File())[0], fail(() => new File([]))[0]]);
same('a slice of a file is a blob', () => new File(['abc'], 'x').slice(1) instanceof File);
same('on the console', () => require('util').inspect(new Blob(['abc'], { type: 'a/b' })));
same('parts are gone through once', () => {
  let asked = 0;
  const parts = {
    get [Symbol.iterator]() {
      asked++;
      return Array.prototype[Symbol.iterator].bind(['a', 'b']);
    },
  };
  return [new Blob(parts).size, asked];
});
same('members of a file can be seen', () => [
  Object.keys(File.prototype).includes('name'),
  File.length,
  Blob.prototype.slice.length,
]);
