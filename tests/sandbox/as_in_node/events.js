// Event, EventTarget and the kinds of events: the same as in Node, and what a listener throws fails the run.
same('the properties of an event', () => {
  const e = new Event('x', { cancelable: true, bubbles: true });
  return [
    e.type,
    e.bubbles,
    e.cancelable,
    e.composed,
    e.target,
    e.currentTarget,
    e.eventPhase,
    e.defaultPrevented,
    e.isTrusted,
    e.returnValue,
    e.cancelBubble,
    e.composedPath(),
  ];
});

same('the type is text', () => [new Event(undefined).type, new Event(5).type]);

same('missing type', () => fail(() => new Event()));

same('listeners are called in order, with this and the event', () => {
  const t = new EventTarget(),
    seen = [];
  t.addEventListener('a', function (e) {
    seen.push(['one', this === t, e.target === t, e.currentTarget === t, e.eventPhase]);
  });
  t.addEventListener('a', () => seen.push('two'));
  const told = t.dispatchEvent(new Event('a'));
  return [seen, told];
});

same('handleEvent, looked up at each call', () => {
  const t = new EventTarget(),
    seen = [];
  const l = {
    handleEvent() {
      seen.push(this === l);
    },
  };
  t.addEventListener('a', l);
  t.dispatchEvent(new Event('a'));
  l.handleEvent = () => seen.push('new');
  t.dispatchEvent(new Event('a'));
  return seen;
});

same('the same listener is added once for each capture', () => {
  const t = new EventTarget();
  let n = 0;
  const l = () => n++;
  t.addEventListener('a', l);
  t.addEventListener('a', l);
  t.addEventListener('a', l, true);
  t.addEventListener('a', l, { capture: true });
  t.dispatchEvent(new Event('a'));
  return n;
});

same('once', () => {
  const t = new EventTarget();
  let n = 0;
  t.addEventListener('a', () => n++, { once: true });
  t.dispatchEvent(new Event('a'));
  t.dispatchEvent(new Event('a'));
  return n;
});

same('removing a later one while it is dispatched', () => {
  const t = new EventTarget(),
    seen = [];
  const b = () => seen.push('b');
  t.addEventListener('a', () => {
    seen.push('a');
    t.removeEventListener('a', b);
  });
  t.addEventListener('a', b);
  t.dispatchEvent(new Event('a'));
  return seen;
});

same('one that is added while it is dispatched waits', () => {
  const t = new EventTarget(),
    seen = [];
  t.addEventListener(
    'a',
    () => {
      seen.push('a');
      t.addEventListener('a', () => seen.push('late'));
    },
    { once: true },
  );
  t.dispatchEvent(new Event('a'));
  return seen;
});

same('stopImmediatePropagation', () => {
  const t = new EventTarget(),
    seen = [];
  t.addEventListener('a', (e) => {
    seen.push(1);
    e.stopImmediatePropagation();
  });
  t.addEventListener('a', () => seen.push(2));
  t.dispatchEvent(new Event('a'));
  return seen;
});

same('preventDefault', () =>
  ['cancelable', 'bubbles'].map((kind) => {
    const t = new EventTarget();
    t.addEventListener('a', (e) => e.preventDefault());
    const e = new Event('a', { [kind]: true });
    return [t.dispatchEvent(e), e.defaultPrevented];
  }),
);

same('a passive listener cannot prevent', () => {
  const t = new EventTarget();
  t.addEventListener('a', (e) => e.preventDefault(), { passive: true });
  return t.dispatchEvent(new Event('a', { cancelable: true }));
});

same('an event can be dispatched twice', () => {
  const t = new EventTarget();
  let n = 0;
  t.addEventListener('a', () => n++);
  const e = new Event('a');
  t.dispatchEvent(e);
  t.dispatchEvent(e);
  return [n, e.target === t, e.currentTarget, e.eventPhase];
});

same('what is no event', () => [{}, null, 'a'].map((e) => fail(() => new EventTarget().dispatchEvent(e))[0]));

same('a signal removes a listener', () => {
  const t = new EventTarget(),
    c = new AbortController();
  let n = 0;
  t.addEventListener('a', () => n++, { signal: c.signal });
  t.dispatchEvent(new Event('a'));
  c.abort();
  t.dispatchEvent(new Event('a'));
  return n;
});

same('an aborted signal keeps a listener out', () => {
  const t = new EventTarget();
  let n = 0;
  t.addEventListener('a', () => n++, { signal: AbortSignal.abort() });
  t.dispatchEvent(new Event('a'));
  return n;
});

same('extending EventTarget', () => {
  class T extends EventTarget {
    go() {
      return this.dispatchEvent(new Event('go'));
    }
  }
  const t = new T();
  let seen;
  t.addEventListener('go', (e) => {
    seen = e.target === t;
  });
  t.go();
  return [seen, t instanceof EventTarget];
});

same('custom events', () => [new CustomEvent('x', { detail: { a: 1 } }).detail, new CustomEvent('x').detail]);

same('custom events are events', () => [new CustomEvent('x') instanceof Event, String(new CustomEvent('x'))]);

same('message events', () => {
  const e = new MessageEvent('m', { data: [1], origin: 'o', lastEventId: '7' });
  return [e.data, e.origin, e.lastEventId, e.source, e.ports, new MessageEvent('m').data];
});

same('close events', () => {
  const e = new CloseEvent('c', { code: 1001, reason: 'r', wasClean: true });
  return [e.code, e.reason, e.wasClean, new CloseEvent('c').code];
});

same('tags', () => [String(new Event('x')), String(new EventTarget()), Object.keys(Event.prototype).includes('type')]);

same('methods need their object', () => fail(() => EventTarget.prototype.addEventListener.call({}, 'a', () => 0))[0]);

same('a listener must be one', () => fail(() => new EventTarget().addEventListener('a', 'text'))[0]);

same('no listener at all', () => [new EventTarget().addEventListener('a', null)]);

same('listeners need two arguments', () => fail(() => new EventTarget().addEventListener('a')));

standard('constants, also of each event', [0, 1, 2, 3, 2], () => [
  Event.NONE,
  Event.CAPTURING_PHASE,
  Event.AT_TARGET,
  Event.BUBBLING_PHASE,
  new Event('x').AT_TARGET,
]);

standard('a listener is removed for the capture that is named', 1, () => {
  const t = new EventTarget();
  let n = 0;
  const l = () => n++;
  t.addEventListener('a', l);
  t.removeEventListener('a', l, true);
  t.dispatchEvent(new Event('a'));
  t.removeEventListener('a', l);
  t.dispatchEvent(new Event('a'));
  return n;
});

standard('an event that is being dispatched is not dispatched again', 'InvalidStateError', () => {
  const t = new EventTarget();
  let told;
  t.addEventListener('a', (e) => {
    told = fail(() => t.dispatchEvent(e))[0];
  });
  t.dispatchEvent(new Event('a'));
  return told;
});

standard('options that a method does not have are not read', ['capture'], () => {
  const read = [];
  const options = {
    get capture() {
      read.push('capture');
      return false;
    },
    get passive() {
      read.push('passive');
      return false;
    },
  };
  new EventTarget().removeEventListener('a', null, options);
  return read;
});

same('times are never zero', () => [performance.now() > 0, new Event('x').timeStamp > 0]);
