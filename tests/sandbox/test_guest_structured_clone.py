"""structuredClone. What is expected was computed by Node 24 (but for one wording)."""

from typing import Any

import pytest

CASES = [
    (
        "primitives",
        (
            "[structuredClone(1), structuredClone('x'), structuredClone(null), structuredClone(undefined) === "
            "undefined, structuredClone(5n) === 5n]"
        ),
        [1, "x", None, True, True],
    ),
    (
        "objects are copied deeply",
        (
            "(() => { const o = { a: { b: [1, { c: 2 }] } }; const c = structuredClone(o); c.a.b[1].c = 3; "
            "return [o, c] })()"
        ),
        [{"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}],
    ),
    (
        "cycles",
        (
            "(() => { const o = { list: [] }; o.self = o; o.list.push(o); const c = structuredClone(o); return "
            "[c.self === c, c.list[0] === c, c !== o] })()"
        ),
        [True, True, True],
    ),
    (
        "shared references stay shared",
        "(() => { const s = {}; const c = structuredClone({ a: s, b: s }); return c.a === c.b })()",
        True,
    ),
    (
        "maps and sets",
        (
            "(() => { const c = structuredClone(new Map([[{ k: 1 }, new Set([1, 2])]])); const [[k, v]] = c; "
            "return [k, [...v], c instanceof Map, v instanceof Set] })()"
        ),
        [{"k": 1}, [1, 2], True, True],
    ),
    (
        "dates",
        "structuredClone(new Date(5)).getTime()",
        5,
    ),
    (
        "regular expressions",
        (
            "(() => { const r = /a/gi; r.lastIndex = 3; const c = structuredClone(r); return [c.source, "
            "c.flags, c.lastIndex] })()"
        ),
        ["a", "gi", 0],
    ),
    (
        "errors",
        (
            "(() => { const c = structuredClone(new RangeError('m')); return [c instanceof RangeError, c.name, "
            "c.message] })()"
        ),
        [True, "RangeError", "m"],
    ),
    (
        "errors of one's own become Error",
        (
            "(() => { class My extends Error { name = 'My' } const c = structuredClone(new My('m')); return "
            "[c.constructor === Error, c.message] })()"
        ),
        [True, "m"],
    ),
    (
        "the cause of an error",
        "structuredClone(new Error('a', { cause: { x: 1 } })).cause",
        {"x": 1},
    ),
    (
        "boxed primitives",
        (
            "(() => { const c = structuredClone([Object(1), Object('s'), Object(true), Object(2n)]); return "
            "c.map((x) => [typeof x, String(x)]) })()"
        ),
        [["object", "1"], ["object", "s"], ["object", "true"], ["object", "2"]],
    ),
    (
        "typed arrays",
        (
            "(() => { const c = structuredClone(new Uint16Array([1, 2, 3]).subarray(1)); return "
            "[c.constructor.name, [...c], c.byteOffset, c.buffer.byteLength] })()"
        ),
        ["Uint16Array", [2, 3], 2, 6],
    ),
    (
        "views share their buffer",
        (
            "(() => { const b = new ArrayBuffer(4); const c = structuredClone([new Uint8Array(b), new "
            "DataView(b, 1, 2)]); return [c[0].buffer === c[1].buffer, c[1].byteOffset, c[1].byteLength] })()"
        ),
        [True, 1, 2],
    ),
    (
        "class instances become plain",
        (
            "(() => { class A { constructor() { this.x = 1 } get y() { return 2 } } const c = "
            "structuredClone(new A()); return [c.constructor === Object, c] })()"
        ),
        [True, {"x": 1}],
    ),
    (
        "getters are read",
        (
            "(() => { const c = structuredClone({ get a() { return 1 } }); return "
            "Object.getOwnPropertyDescriptor(c, 'a') })()"
        ),
        {"value": 1, "writable": True, "enumerable": True, "configurable": True},
    ),
    (
        "sparse arrays",
        "(() => { const c = structuredClone([1, , 3]); return [c.length, 1 in c] })()",
        [3, False],
    ),
    (
        "arrays with properties",
        "(() => { const a = [1]; a.x = 2; return structuredClone(a).x })()",
        2,
    ),
    (
        "symbol keys are left out",
        "Object.getOwnPropertySymbols(structuredClone({ [Symbol('s')]: 1 })).length",
        0,
    ),
    (
        "transfer moves the buffer",
        (
            "(() => { const b = new Uint8Array([7]).buffer; const c = structuredClone({ b }, { transfer: [b] "
            "}); return [b.byteLength, new Uint8Array(c.b)[0]] })()"
        ),
        [0, 7],
    ),
    (
        "resizable buffers stay resizable",
        (
            "(() => { const c = structuredClone(new ArrayBuffer(1, { maxByteLength: 4 })); return "
            "[c.resizable, c.maxByteLength] })()"
        ),
        [True, 4],
    ),
    (
        "functions",
        "fail(() => structuredClone({ f: () => 1 }))",
        ["DataCloneError", "() => 1 could not be cloned."],
    ),
    (
        "symbols",
        "fail(() => structuredClone(Symbol('s')))",
        ["DataCloneError", "Symbol(s) could not be cloned."],
    ),
    (
        "promises",
        "fail(() => structuredClone(Promise.resolve()))",
        ["DataCloneError", "#<Promise> could not be cloned."],
    ),
    (
        "weak maps",
        "fail(() => structuredClone(new WeakMap()))",
        ["DataCloneError", "#<WeakMap> could not be cloned."],
    ),
    (
        "generators",
        "fail(() => structuredClone((function* () {})()))",
        ["DataCloneError", "[object Generator] could not be cloned."],
    ),
    (
        "proxies",
        "fail(() => structuredClone(new Proxy({}, {})))",
        ["DataCloneError", "#<Object> could not be cloned."],
    ),
    (
        "weak references",
        "fail(() => structuredClone(new WeakRef({})))",
        ["DataCloneError", "#<WeakRef> could not be cloned."],
    ),
    (
        "boxed symbols",
        "fail(() => structuredClone(Object(Symbol('s'))))",
        ["DataCloneError", "#<Symbol> could not be cloned."],
    ),
    (
        "detached buffers",
        "fail(() => { const b = new ArrayBuffer(1); structuredClone(b, { transfer: [b] }); structuredClone(b) })",
        ["DataCloneError", "An ArrayBuffer is detached and could not be cloned."],
    ),
    (
        "transferring twice",
        "fail(() => { const b = new ArrayBuffer(1); structuredClone(b, { transfer: [b, b] }) })",
        ["DataCloneError", "Transfer list contains duplicate ArrayBuffer"],
    ),
    (
        "a getter that throws",
        "fail(() => structuredClone({ get a() { throw new RangeError('mine') } }))",
        ["RangeError", "mine"],
    ),
    (
        "no argument",
        "fail(() => structuredClone()).slice(0, 1)",
        ["TypeError"],
    ),
]


@pytest.mark.parametrize(("name", "expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_structured_clone_answers_as_in_node(value_of: Any, name: str, expression: str, expected: Any) -> None:
    assert value_of(expression) == expected
