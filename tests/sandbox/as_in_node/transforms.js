// Text and compression as streams.
const through = (transform, chunks) => all(ReadableStream.from(chunks).pipeThrough(transform));
const bytesOf = (chunks) => chunks.flatMap((chunk) => [...chunk]);
const hex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));

same('text to bytes', async () => [
  bytesOf(await through(new TextEncoderStream(), ['a', '', 'é', 5])),
  new TextEncoderStream().encoding,
]);
same('a pair that two chunks share', async () =>
  bytesOf(await through(new TextEncoderStream(), ['\ud83d', '\ude00', 'x\ud83d', 'y', '\ud83d'])),
);
same('bytes to text', async () =>
  (await through(new TextDecoderStream(), [hex('41c3'), hex('a9'), hex('42').buffer, hex('e2')])).join('|'),
);
same(
  'fatal text',
  async () => (await failed(() => through(new TextDecoderStream('utf-8', { fatal: true }), [hex('ff')])))[0],
);
same('another encoding', async () => {
  const stream = new TextDecoderStream('windows-1252', { ignoreBOM: true });
  return [stream.encoding, stream.fatal, stream.ignoreBOM, (await through(stream, [hex('80')])).join()];
});
same('encodings that are none', () => fail(() => new TextDecoderStream('nonsense'))[0]);
same('chunks that are no bytes', async () => (await failed(() => through(new TextDecoderStream(), ['text'])))[0]);
same('tags', () => [String(new CompressionStream('gzip')), String(new DecompressionStream('gzip'))]);
same('compressed and back', async () => {
  const plain = new TextEncoder().encode('interlock '.repeat(20_000));
  return Promise.all(
    ['gzip', 'deflate', 'deflate-raw', 'brotli'].map(async (format) => {
      const packed = await through(new CompressionStream(format), [plain.subarray(0, 5), plain.subarray(5)]);
      const back = await through(new DecompressionStream(format), packed);
      return [Buffer.concat(packed).length < 2000, Buffer.concat(back).equals(Buffer.from(plain))];
    }),
  );
});
same('what another has compressed', async () =>
  Buffer.concat(
    await through(new DecompressionStream('gzip'), [hex('1f8b08000000000000034b'), hex('040043beb7e801000000')]),
  ).toString(),
);
same(
  'nothing compressed',
  async () =>
    Buffer.concat(
      await through(new DecompressionStream('deflate'), await through(new CompressionStream('deflate'), [])),
    ).length,
);
same('formats that are none', () =>
  ['zip', '', undefined].map((format) => fail(() => new CompressionStream(format))[0]),
);
same(
  'what is not compressed',
  async () => (await failed(() => through(new DecompressionStream('gzip'), [hex('00112233')])))[0],
);
same(
  'what ends early',
  async () => (await failed(() => through(new DecompressionStream('gzip'), [hex('1f8b0800')])))[0],
);
same(
  'what goes on after the end',
  async () =>
    (
      await failed(() =>
        through(new DecompressionStream('gzip'), [hex('1f8b08000000000000034b040043beb7e80100000000')]),
      )
    )[0],
);
same('what comes out before the end', async () => {
  const stream = new DecompressionStream('deflate-raw');
  const [writer, reader] = [stream.writable.getWriter(), stream.readable.getReader()];
  const seen = [];
  // Two stored blocks, neither of them the last.
  for (const block of ['000500faff68656c6c6f', '000100feff21']) {
    const [{ value }] = await Promise.all([reader.read(), writer.write(hex(block))]);
    seen.push(Buffer.from(value).toString());
  }
  return seen;
});
same('a little that is read when all is written', async () => {
  const stream = new CompressionStream('gzip');
  const writer = stream.writable.getWriter();
  await writer.write(new TextEncoder().encode('hello'));
  await writer.close();
  const packed = await all(stream.readable);
  return Buffer.concat(await through(new DecompressionStream('gzip'), packed)).toString();
});
same('more than a run may hold', async () => {
  let length = 0;
  const zeros = new ReadableStream({
    pull(controller) {
      if ((length += 1) > 120) controller.close();
      else controller.enqueue(new Uint8Array(250_000));
    },
  });
  const streams = [new CompressionStream('gzip'), new DecompressionStream('gzip')];
  let plain = 0;
  for await (const chunk of streams.reduce((readable, stream) => readable.pipeThrough(stream), zeros))
    plain += chunk.length;
  return plain;
});
standard(
  'chunks that cannot be compressed',
  'TypeError',
  async () => (await failed(() => through(new CompressionStream('gzip'), ['text'])))[0],
);
