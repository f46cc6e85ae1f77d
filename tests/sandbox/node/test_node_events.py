"""node:events answers as in Node."""

from typing import Any

import pytest

E = "const E = require('events'); const e = new E(); const out = [];\n"
CASES = {
    "listeners run in order with this and arguments": (
        "e.on('x', function (...a) { out.push([this === e, ...a]) }); e.prependListener('x', () => out.push('first')); "
        "return [e.emit('x', 1, 2), e.emit('y'), out]"
    ),
    "once runs once": "e.once('x', (v) => out.push(v)); e.emit('x', 1); e.emit('x', 2); return out",
    "removed listeners do not run": (
        "const f = () => out.push('f'); e.on('x', f); e.on('x', f); e.off('x', f); e.emit('x'); return [out, "
        "e.listenerCount('x'), e.eventNames(), e.rawListeners('x').length]"
    ),
    "newListener and removeListener are told": (
        "e.on('newListener', (n) => out.push(['+', n])); e.on('removeListener', (n) => out.push(['-', n])); "
        "const f = () => {}; e.on('x', f); e.off('x', f); return out"
    ),
    "an error without a listener is thrown": "return await caught(() => e.emit('error', new TypeError('bad')))",
    "an error that is none is wrapped": "return await caught(() => e.emit('error', { a: 1 }))",
    "a monitor sees errors first": (
        "e.on(E.errorMonitor, (x) => out.push(x.message)); e.on('error', () => out.push('handled')); "
        "e.emit('error', new Error('m')); return out"
    ),
    "static once resolves with the arguments": "setTimeout(() => e.emit('x', 1, 2), 1); return await E.once(e, 'x')",
    "static once rejects on error": (
        "setTimeout(() => e.emit('error', new Error('no')), 1); return await caught(() => E.once(e, 'x'))"
    ),
    "static once ends with its signal": (
        "const c = new AbortController(); setTimeout(() => c.abort(), 1); "
        "return [await caught(() => E.once(e, 'x', { signal: c.signal })), e.listenerCount('x')]"
    ),
    "static once listens to an EventTarget": (
        "const t = new EventTarget(); setTimeout(() => t.dispatchEvent(new Event('x')), 1); "
        "return (await E.once(t, 'x')).map((v) => v.type)"
    ),
    "static on iterates": (
        "setTimeout(() => { e.emit('x', 1); e.emit('x', 2) }, 1); "
        "for await (const [v] of E.on(e, 'x')) { out.push(v); if (v === 2) break } return [out, e.listenerCount('x')]"
    ),
    "rejections of handlers become errors": (
        "const c = new E({ captureRejections: true }); c.on('x', async () => { throw new Error('r') }); "
        "const done = new Promise((r) => c.on('error', (x) => r(x.message))); c.emit('x'); return await done"
    ),
    "a rejection has its own method": (
        "const c = new E({ captureRejections: true }); const done = new Promise((r) => { "
        "c[Symbol.for('nodejs.rejection')] = (x, n) => r([x.message, n]) }); "
        "c.on('x', async () => { throw new Error('r') }); c.emit('x'); return await done"
    ),
    "the most listeners": (
        "e.setMaxListeners(3); E.setMaxListeners(5, e); return [E.defaultMaxListeners, e.getMaxListeners(), "
        "E.getMaxListeners(e)]"
    ),
    "getEventListeners": "const f = () => {}; e.on('x', f); return E.getEventListeners(e, 'x')[0] === f",
    "addAbortListener": (
        "const c = new AbortController(); const d = E.addAbortListener(c.signal, () => out.push('a')); c.abort(); "
        "return [out, typeof d[Symbol.dispose]]"
    ),
    "what is no function is refused": "return await caught(() => e.on('x', 5))",
    "classes extend it and functions inherit it": (
        "class A extends E {} function B() { E.call(this) } require('util').inherits(B, E); "
        "return [new A() instanceof E, new B().on('x', () => out.push(1)).emit('x'), out]"
    ),
    "its names": "return [E === E.EventEmitter, E.EventEmitter.EventEmitter === E, E.name, Object.keys(E).sort()]",
    "an emitter as an async resource": (
        "const r = new E.EventEmitterAsyncResource({ name: 'Q' }); r.on('x', (v) => out.push(v)); r.emit('x', 1); "
        "return [out, r instanceof E, r.asyncResource.eventEmitter === r]"
    ),
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_events_answer_as_in_node(same: Any, body: str) -> None:
    same(E + body)


def test_too_many_listeners_are_warned_of(run_js: Any) -> None:
    ran = run_js("""module.exports = async () => {
        const e = new (require('events'))();
        for (let i = 0; i < 11; i++) e.on('x', () => {});
        await new Promise((resolve) => setImmediate(resolve));
    }""")
    assert "MaxListenersExceededWarning: Possible EventEmitter memory leak detected. 11 x listeners" in ran.console
