// Headers.
same('from nothing, a record, pairs, a map and other headers', () =>
  [undefined, { A: '1', b: 2 }, [['x', 'y']], new Map([['m', 'n']]), new Headers({ q: 'r' })].map((init) => [
    ...new Headers(init),
  ]),
);
same('what is no init', () =>
  [null, 5, 'text', [['a']], [['a', 'b', 'c']], [5]].map((init) => fail(() => new Headers(init))[0]),
);
same('names are case-insensitive and sorted', () => [...new Headers({ 'X-B': '1', 'a-c': '2', 'Content-Type': 't' })]);
same('values are trimmed and joined', () => {
  const h = new Headers();
  h.append('a', '  1\t');
  h.append('A', '2 ');
  h.append('a', '');
  return [h.get('a'), h.has('A'), h.get('none')];
});
same('set replaces all', () => {
  const h = new Headers([
    ['a', '1'],
    ['b', '2'],
    ['A', '3'],
  ]);
  h.set('a', '9');
  return [...h];
});
same('delete', () => {
  const h = new Headers({ a: '1', b: '2' });
  h.delete('A');
  h.delete('none');
  return [...h];
});
same('cookies stay apart', () => {
  const h = new Headers([
    ['Set-Cookie', 'a=1, x'],
    ['b', '2'],
    ['set-cookie', 'c=3'],
  ]);
  const copy = new Headers(h);
  return [h.getSetCookie(), h.get('set-cookie'), [...h], [...copy], new Headers().getSetCookie()];
});
same('setting a cookie replaces all of them', () => {
  const h = new Headers([
    ['Set-Cookie', 'a'],
    ['set-cookie', 'b'],
  ]);
  h.set('set-cookie', 'c');
  return h.getSetCookie();
});
same('names that are none', () =>
  ['', 'a b', 'a:', 'é', 'a\n', '(x)'].map((name) => fail(() => new Headers().append(name, 'v'))[0]),
);
same('values that are none', () =>
  ['a\nb', 'a\0', '\u{100}', 'a\rb'].map((value) => fail(() => new Headers().append('n', value))[0]),
);
same('values of bytes', () => [new Headers({ a: 'é' }).get('a'), new Headers({ a: 'x\ty' }).get('a')]);
same('get and has check names', () => [fail(() => new Headers().get('a b'))[0], fail(() => new Headers().has(''))[0]]);
same('going through', () => {
  const h = new Headers({ b: '2', a: '1' });
  const seen = [];
  h.forEach(
    function (value, key, self) {
      seen.push([key, value, self === h, this.x]);
    },
    { x: 1 },
  );
  return [seen, [...h.keys()], [...h.values()], [...h.entries()], String(h.keys()), h[Symbol.iterator] === h.entries];
});
same('an iterator sees what is added behind it', () => {
  const h = new Headers({ a: '1' });
  const seen = [];
  for (const [key] of h) {
    seen.push(key);
    if (seen.length < 4) h.append(key + 'x', '1');
  }
  return seen;
});
same('tags and members', () => [String(new Headers()), Object.keys(Headers.prototype).sort().join()]);
same('arguments are needed', () =>
  ['append', 'set', 'get', 'has', 'delete'].map((name) => fail(() => new Headers()[name]())[0]),
);
same('a record with a symbol', () => fail(() => new Headers({ [Symbol('x')]: '1' }))[0]);
same('methods need headers', () => [
  fail(() => Headers.prototype.get.call({}, 'a'))[0],
  fail(() => Headers.prototype.keys.call({}))[0],
]);
same('on the console', () => require('util').inspect(new Headers({ 'Content-Type': 'text/plain', b: '1' })));
