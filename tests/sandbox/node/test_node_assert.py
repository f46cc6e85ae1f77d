"""node:assert and node:diagnostics_channel answer as in Node, down to the diff of a failure."""

from typing import Any

import pytest

CASES = {
    "what holds": "a(true); a.ok(1); a.equal(1, '1'); a.notStrictEqual(1, '1'); a.match('abc', /b/); return 'fine'",
    "strictEqual": "return await caught(() => a.strictEqual(1, 2))",
    "a message of its own": (
        "return [await caught(() => a.strictEqual(1, 2, 'mine')), await caught(() => a(0, new TypeError('t')))]"
    ),
    "a diff of objects": "return await caught(() => a.deepStrictEqual({ a: 1, b: [1, 2, 3] }, { a: 1, b: [1, 5, 3] }))",
    "a diff of lines": "return await caught(() => a.strictEqual('a\\nb\\nc\\nd', 'a\\nb\\nx\\nd'))",
    "deepEqual is loose": "a.deepEqual({ a: 1 }, { a: '1' }); return await caught(() => a.deepEqual([1], [2]))",
    "throws": (
        "a.throws(() => { throw new TypeError('x') }, TypeError); a.throws(() => { throw new Error('abc') }, /b/); "
        "return [await caught(() => a.throws(() => {})), await caught(() => a.throws(() => { throw new Error('x') }, { "
        "message: 'y' }))]"
    ),
    "rejects": (
        "await a.rejects(async () => { throw new Error('x') }, { message: 'x' }); return [await caught(() => a.rejects("
        "async () => {})), await caught(() => a.doesNotReject(Promise.reject(new Error('r'))))]"
    ),
    "fail and ifError": (
        "return [await caught(() => a.fail()), await caught(() => a.ifError(new Error('e'))), a.ifError(null)]"
    ),
    "the error": (
        "const e = new a.AssertionError({ actual: 1, expected: 2, operator: 'strictEqual' }); return [e.name, e.code, "
        "e.message, e.generatedMessage, e.actual, e.expected, e.operator, e instanceof Error]"
    ),
    "strict is strict": (
        "return [a.strict.equal === a.strictEqual, a.strict === require('assert/strict'), a.strict.strict === a.strict]"
    ),
    "part of an object": (
        "a.partialDeepStrictEqual({ a: 1, b: 2 }, { a: 1 }); return await caught(() => a.partialDeepStrictEqual({ "
        "a: 1 }, "
        "{ b: 1 }))"
    ),
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_assert_answers_as_in_node(same: Any, body: str) -> None:
    same(f"const a = require('assert');\n{body}")


CHANNELS = {
    "subscribers are told": (
        "const c = d.channel('x'); const f = (m, n) => out.push([m, n]); c.subscribe(f); c.publish(1); "
        "d.unsubscribe('x', "
        "f); c.publish(2); return [out, c.hasSubscribers, d.channel('x') === c]"
    ),
    "a traced promise": (
        "const t = d.tracingChannel('t'); const h = {}; for (const n of ['start', 'end', 'asyncStart', 'asyncEnd', "
        "'error']) h[n] = () => out.push(n); t.subscribe(h); await t.tracePromise(async () => 1, {}); return out"
    ),
    "a store is bound": (
        "const { AsyncLocalStorage } = require('async_hooks'); const s = new AsyncLocalStorage(); const c = "
        "d.channel('s'); c.bindStore(s, (m) => m * 2); return c.runStores(4, () => s.getStore())"
    ),
}


@pytest.mark.parametrize("body", CHANNELS.values(), ids=CHANNELS)
def test_diagnostics_channels_answer_as_in_node(same: Any, body: str) -> None:
    same(f"const d = require('diagnostics_channel'); const out = [];\n{body}")
