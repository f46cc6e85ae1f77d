// AbortController and AbortSignal, with `any` and `timeout`.
same('aborting', () => {
  const c = new AbortController(),
    seen = [];
  c.signal.onabort = function (e) {
    seen.push(['on', e.type, e.isTrusted, this === c.signal]);
  };
  c.signal.addEventListener('abort', () => seen.push(c.signal.aborted));
  c.abort();
  c.abort();
  return [
    seen,
    c.signal.reason.name,
    c.signal.reason.message,
    c.signal.reason.code,
    c.signal.reason instanceof DOMException,
  ];
});

same('any value is a reason', () =>
  [new Error('e'), 'text', 5, null].map((reason) => {
    const c = new AbortController();
    c.abort(reason);
    return [c.signal.reason === reason, c.signal.aborted];
  }),
);

same('throwIfAborted', () => {
  const c = new AbortController();
  c.signal.throwIfAborted();
  c.abort(new RangeError('r'));
  return fail(() => c.signal.throwIfAborted());
});

same('AbortSignal.abort', () => [
  AbortSignal.abort().aborted,
  AbortSignal.abort(7).reason,
  AbortSignal.abort().reason.name,
]);

same('a signal is not made by hand', () => fail(() => new AbortSignal()));

same('the signal is always the same', () => {
  const c = new AbortController();
  return c.signal === c.signal;
});

same('any follows each of its sources', () => {
  const a = new AbortController(),
    b = new AbortController();
  const s = AbortSignal.any([a.signal, b.signal]);
  let n = 0;
  s.onabort = () => n++;
  b.abort('b');
  a.abort('a');
  return [s.aborted, s.reason, n];
});

same('any of none', () => AbortSignal.any([]).aborted);

same('any of an aborted one', () => {
  const s = AbortSignal.any([AbortSignal.abort('x')]);
  return [s.aborted, s.reason];
});

same('any of any', () => {
  const a = new AbortController();
  const s = AbortSignal.any([AbortSignal.any([a.signal])]);
  a.abort('deep');
  return [s.aborted, s.reason];
});

same('dependents are aborted before any event', () => {
  const a = new AbortController(),
    seen = [];
  const s = AbortSignal.any([a.signal]);
  a.signal.onabort = () => seen.push(s.aborted);
  s.onabort = () => seen.push('dependent');
  a.abort();
  return seen;
});

same('any of what is no signal', () => [[{}], [null], 5].map((value) => fail(() => AbortSignal.any(value))[0]));

same('timeout', async () => {
  const s = AbortSignal.timeout(5);
  const first = s.aborted;
  await new Promise((resolve) => s.addEventListener('abort', resolve));
  return [first, s.aborted, s.reason.name, s.reason.message, s.reason.code];
});

same('timeouts that are none', () => [-1, 'x', NaN, undefined].map((ms) => fail(() => AbortSignal.timeout(ms))[0]));

same('tags', () => [String(new AbortController()), String(new AbortController().signal)]);

same('a handler can be replaced and removed', () => {
  const c = new AbortController(),
    seen = [];
  c.signal.onabort = () => seen.push(1);
  c.signal.onabort = () => seen.push(2);
  const held = typeof c.signal.onabort;
  c.signal.onabort = null;
  c.abort();
  return [seen, held, c.signal.onabort];
});

same('AbortController needs new', () => fail(() => AbortController())[0]);
