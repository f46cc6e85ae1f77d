"""AsyncLocalStorage follows what Node's follows: await, promises, timers, ticks, microtasks, bound listeners."""

from typing import Any

import pytest

A = (
    "const { AsyncLocalStorage, AsyncResource, executionAsyncId, createHook } = require('async_hooks'); const s = new "
    "AsyncLocalStorage(); const out = []; const sleep = (ms) => new Promise((r) => setTimeout(r, ms)); const note = "
    "(w) "
    "=> out.push([w, s.getStore() ?? null]);\n"
)
CASES = {
    "two at once do not mix": (
        "await Promise.all([3, 1].map((ms) => s.run(ms, async () => { note('a'); await sleep(ms); note('b'); await "
        "null; "
        "note('c') }))); note('out'); return out"
    ),
    "timers, ticks, microtasks, immediates": (
        "await s.run('x', () => new Promise((r) => { setTimeout(() => { note('timer'); process.nextTick(() => { "
        "note('tick'); queueMicrotask(() => { note('micro'); setImmediate(() => { note('immediate'); r() }) }) }) "
        "}, 1) "
        "})); return out"
    ),
    "then has the context of where it was called": (
        "const p = s.run('made', () => sleep(1)); await s.run('asked', () => p.then(() => note('then'))); await "
        "p.finally(() => note('finally')); return out"
    ),
    "thenables": "await s.run(1, async () => { await { then(r) { note('then'); r() } }; note('after') }); return out",
    "generators": (
        "async function* g() { note('g1'); yield 1; await null; note('g2') } await s.run('x', async () => { for await "
        "(const v of g()) note(v) }); return out"
    ),
    "Promise.all, race, allSettled": (
        "await s.run(2, async () => { await Promise.all([sleep(1), 1]); note('all'); await Promise.race([sleep(1)]); "
        "note('race'); await Promise.allSettled([Promise.reject(1)]); note('settled') }); return out"
    ),
    "enterWith and exit": (
        "await s.run(1, async () => { s.enterWith(2); await null; note('in'); s.exit(() => note('exit')); "
        "note('after') "
        "}); note('out'); return out"
    ),
    "nested runs": "s.run(1, () => { s.run(2, () => note('in')); note('back') }); return out",
    "what throws leaves no trace": "try { s.run(1, () => { throw 1 }) } catch {} note('after'); return out",
    "bind and snapshot": (
        "const [b, n] = s.run(7, () => [AsyncLocalStorage.bind(() => note('bound')), "
        "AsyncLocalStorage.snapshot()]); b(); "
        "n(() => note('snapshot')); note('out'); return out"
    ),
    "a resource": (
        "const r = s.run(5, () => new AsyncResource('T')); r.runInAsyncScope(() => note('scope')); const f = "
        "s.run(6, () "
        "=> AsyncResource.bind((a) => { note(a) })); f('bound'); return [out, typeof r.asyncId(), f.length]"
    ),
    "an event that comes later": (
        "const e = new (require('events'))(); s.run(1, () => e.on('x', () => note('plain'))); s.run(1, () => e.on('x', "
        "AsyncResource.bind(() => note('bound')))); s.run(2, () => e.emit('x')); return out"
    ),
    "streams": (
        "const { Readable, promises } = require('stream'); await s.run('x', () => "
        "promises.pipeline(Readable.from(['a', "
        "'b']), async function* (c) { for await (const v of c) { note(v); yield v } }, async (c) => { for await "
        "(const v "
        "of c); note('end') })); return out"
    ),
    "a default value and a name": (
        "const d = new AsyncLocalStorage({ defaultValue: 4, name: 'n' }); return [d.getStore(), d.name, d.run(5, () => "
        "d.getStore())]"
    ),
    "disable": "s.enterWith(1); s.disable(); note('off'); s.run(2, () => note('on again')); return out",
    "hooks can be made": "return [createHook({}).enable().disable() !== null, typeof executionAsyncId()]",
    "what is no function is refused": "return await caught(() => AsyncResource.bind(1))",
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_a_store_follows_as_in_node(same: Any, body: str) -> None:
    same(A + body)


def test_nothing_is_left_for_the_next_run(run_js: Any) -> None:
    source = (
        "const s = new (require('async_hooks').AsyncLocalStorage)(); module.exports = async () => { const before = "
        "s.getStore(); s.enterWith('mine'); await null; return before ?? 'nothing' }"
    )
    assert [run_js(source).output, run_js(source).output] == ["nothing", "nothing"]


def test_ten_thousand_promises_in_a_context_cost_little(run_js: Any) -> None:
    ran = run_js("""const s = new (require('async_hooks').AsyncLocalStorage)();
        module.exports = () => s.run({ id: 1 }, async () => {
            for (let i = 0; i < 10_000; i++) await null;
            return s.getStore().id;
        });""")
    assert (ran.error, ran.output) == (None, 1)
