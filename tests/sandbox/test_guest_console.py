"""console, with Node's text. What is expected was printed by Node 24."""

from typing import Any

import pytest

CASES = [
    ("strings are joined by spaces", "console.log('a', 'b', 'c')", "a b c"),
    ("nothing prints an empty line", "console.log()", ""),
    (
        "primitives",
        "console.log(1, -0, 1.5, NaN, true, null, undefined, 10n, Symbol('s'))",
        "1 -0 1.5 NaN true null undefined 10n Symbol(s)",
    ),
    (
        "strings inside objects are quoted",
        "console.log({ name: \"it's\", other: 'plain', both: `'\"` })",
        "{ name: \"it's\", other: 'plain', both: `'\"` }",
    ),
    (
        "nested objects stop at depth two",
        "console.log({ a: { b: { c: { d: 1 } } } })",
        "{ a: { b: { c: [Object] } } }",
    ),
    (
        "a short object stays on one line",
        "console.log({ a: 1, b: [1, 2, 3], c: 'x' })",
        "{ a: 1, b: [ 1, 2, 3 ], c: 'x' }",
    ),
    (
        "a long object is broken into lines",
        (
            "console.log({ first: 'aaaaaaaaaaaaaaaaaaaaaaaa', second: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbb', third: "
            "'cccccccccccccccccccccc' })"
        ),
        (
            "{\n"
            "  first: 'aaaaaaaaaaaaaaaaaaaaaaaa',\n"
            "  second: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbb',\n"
            "  third: 'cccccccccccccccccccccc'\n"
            "}"
        ),
    ),
    (
        "circular values are marked",
        "const o = { name: 'o' }; o.self = o; o.list = [o]; console.log(o)",
        "<ref *1> { name: 'o', self: [Circular *1], list: [ [Circular *1] ] }",
    ),
    ("arrays with holes", "console.log([1, , 3, undefined, null])", "[ 1, <1 empty item>, 3, undefined, null ]"),
    (
        "arrays of more than a hundred",
        "console.log(Array.from({ length: 103 }, (_, i) => i))",
        (
            "[\n"
            "   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,\n"
            "  12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,\n"
            "  24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,\n"
            "  36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,\n"
            "  48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,\n"
            "  60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71,\n"
            "  72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83,\n"
            "  84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,\n"
            "  96, 97, 98, 99,\n"
            "  ... 3 more items\n"
            "]"
        ),
    ),
    (
        "arrays of more than six numbers are grouped",
        "console.log(Array.from({ length: 27 }, (_, i) => i * 10))",
        (
            "[\n"
            "    0,  10,  20,  30,  40,  50,  60,\n"
            "   70,  80,  90, 100, 110, 120, 130,\n"
            "  140, 150, 160, 170, 180, 190, 200,\n"
            "  210, 220, 230, 240, 250, 260\n"
            "]"
        ),
    ),
    ("arrays with extra keys", "const a = [1]; a.name = 'x'; console.log(a)", "[ 1, name: 'x' ]"),
    ("empty containers", "console.log([], {}, new Map(), new Set())", "[] {} Map(0) {} Set(0) {}"),
    (
        "maps and sets",
        "console.log(new Map([['k', { a: 1 }], [{ o: 1 }, 2]]), new Set([1, 'x', [2]]))",
        "Map(2) { 'k' => { a: 1 }, { o: 1 } => 2 } Set(3) { 1, 'x', [ 2 ] }",
    ),
    (
        "dates",
        "console.log(new Date(0), [new Date(86400000)], new Date(NaN))",
        "1970-01-01T00:00:00.000Z [ 1970-01-02T00:00:00.000Z ] Invalid Date",
    ),
    ("regular expressions", "console.log(/a+b/gi, { r: /x/ })", "/a+b/gi { r: /x/ }"),
    (
        "functions and classes",
        (
            "class A {} class B extends A {} console.log(function f() {}, () => {}, async () => {}, function* "
            "g() {}, A, B, { m() {} })"
        ),
        (
            "[Function: f] [Function (anonymous)] [AsyncFunction (anonymous)] [GeneratorFunction: g] [class A] "
            "[class B extends A] { m: [Function: m] }"
        ),
    ),
    (
        "instances name their class",
        "class Point { constructor() { this.x = 1 } } console.log(new Point(), [new Point()])",
        "Point { x: 1 } [ Point { x: 1 } ]",
    ),
    ("private fields stay private", "class P { #secret = 1; open = 2 } console.log(new P())", "P { open: 2 }"),
    (
        "getters are not called",
        "console.log({ get a() { throw new Error('called') }, set b(v) {}, get c() { return 1 }, set c(v) {} })",
        "{ a: [Getter], b: [Setter], c: [Getter/Setter] }",
    ),
    (
        "symbols as keys",
        "console.log({ [Symbol('k')]: 1, [Symbol.iterator]: 2 })",
        "{ Symbol(k): 1, Symbol(Symbol.iterator): 2 }",
    ),
    (
        "null prototype",
        "console.log(Object.create(null), Object.assign(Object.create(null), { a: 1 }))",
        "[Object: null prototype] {} [Object: null prototype] { a: 1 }",
    ),
    (
        "boxed primitives",
        "console.log(new Number(3), new String('abc'), new Boolean(false), Object(1n), Object(Symbol('b')))",
        "[Number: 3] [String: 'abc'] [Boolean: false] [BigInt: 1n] [Symbol: Symbol(b)]",
    ),
    (
        "typed arrays and buffers",
        "console.log(new Uint8Array([1, 2, 3]), new Float64Array(2), new ArrayBuffer(4))",
        (
            "Uint8Array(3) [ 1, 2, 3 ] Float64Array(2) [ 0, 0 ] ArrayBuffer { [Uint8Contents]: <00 00 00 00>, "
            "[byteLength]: 4 }"
        ),
    ),
    (
        "a data view",
        "console.log(new DataView(new ArrayBuffer(2), 1))",
        (
            "DataView {\n"
            "  [byteLength]: 1,\n"
            "  [byteOffset]: 1,\n"
            "  [buffer]: ArrayBuffer { [Uint8Contents]: <00 00>, [byteLength]: 2 }\n"
            "}"
        ),
    ),
    (
        "promises tell their state",
        "console.log(Promise.resolve(42), new Promise(() => {}))",
        "Promise { 42 } Promise { <pending> }",
    ),
    (
        "weak collections",
        "console.log(new WeakMap(), new WeakSet())",
        "WeakMap { <items unknown> } WeakSet { <items unknown> }",
    ),
    ("arguments objects", "(function () { console.log(arguments) })(1, 'a')", "[Arguments] { '0': 1, '1': 'a' }"),
    (
        "toStringTag",
        "console.log({ [Symbol.toStringTag]: 'Tagged', a: 1 })",
        "{ a: 1, Symbol(Symbol.toStringTag): 'Tagged' }",
    ),
    ("custom inspection", "console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { return 'mine' } })", "mine"),
    (
        "toString of a class is used by %s",
        "class T { toString() { return 'text' } } console.log('%s', new T())",
        "text",
    ),
    (
        "format directives",
        "console.log('%s|%d|%i|%f|%j|%o|%O|%c|%%', 'str', 42, 3.9, '1.5', { a: 1 }, [1], { b: 2 }, 'css')",
        'str|42|3|1.5|{"a":1}|[ 1, [length]: 1 ]|{ b: 2 }||%',
    ),
    ("format with too few values", "console.log('%s and %s', 'one')", "one and %s"),
    ("format with too many values", "console.log('%s', 'one', 'two', { three: 3 })", "one two { three: 3 }"),
    ("a lone percent sign", "console.log('100%', 'sure')", "100% sure"),
    ("format of symbols and bigints", "console.log('%s %d %i', Symbol('x'), 5n, 7n)", "Symbol(x) 5n 7n"),
    (
        "multi-line strings in objects",
        "console.log({ text: 'line one\\nline two', tab: 'a\\tb', quote: '\\\\' })",
        "{ text: 'line one\\nline two', tab: 'a\\tb', quote: '\\\\' }",
    ),
    (
        "long strings in arrays",
        (
            "console.log(['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', "
            "'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'])"
        ),
        ("[\n  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n  'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'\n]"),
    ),
    (
        "control characters and emoji",
        "console.log(['\\u0000\\u001b', '😀', '\\ud83d'])",
        "[ '\\x00\\x1B', '😀', '\\ud83d' ]",
    ),
    ("nested arrays", "console.log([[1, [2, [3, [4]]]]])", "[ [ 1, [ 2, [Array] ] ] ]"),
    ("an object beside text", "console.log('user:', { id: 1 }, 'done')", "user: { id: 1 } done"),
    (
        "urls",
        "console.log(new URL('https://example.com/a?b=c#d'))",
        (
            "URL {\n"
            "  href: 'https://example.com/a?b=c#d',\n"
            "  origin: 'https://example.com',\n"
            "  protocol: 'https:',\n"
            "  username: '',\n"
            "  password: '',\n"
            "  host: 'example.com',\n"
            "  hostname: 'example.com',\n"
            "  port: '',\n"
            "  pathname: '/a',\n"
            "  search: '?b=c',\n"
            "  searchParams: URLSearchParams { 'b' => 'c' },\n"
            "  hash: '#d'\n"
            "}"
        ),
    ),
    (
        "search parameters",
        "console.log(new URLSearchParams('a=1&b=x%20y'), new URLSearchParams())",
        "URLSearchParams { 'a' => '1', 'b' => 'x y' } URLSearchParams {}",
    ),
    (
        "byte buffers",
        "console.log(Buffer.from('hello'), { b: Buffer.alloc(2) })",
        "<Buffer 68 65 6c 6c 6f> { b: <Buffer 00 00> }",
    ),
    (
        "a long byte buffer",
        "console.log(Buffer.alloc(60))",
        (
            "<Buffer 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
            "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ... 10 more bytes>"
        ),
    ),
    ("globalThis members", "console.log(Math, JSON)", "Object [Math] {} Object [JSON] {}"),
    (
        "errors without a stack",
        "const e = new Error('boom'); e.stack = 'Error: boom'; console.log(e, { e })",
        "[Error: boom] { e: [Error: boom] }",
    ),
    (
        "errors with properties",
        "const e = new TypeError('bad'); e.stack = 'TypeError: bad'; e.code = 'E_BAD'; console.log(e)",
        "[TypeError: bad] { code: 'E_BAD' }",
    ),
    (
        "errors with a cause",
        "const e = new Error('outer', { cause: 'inner' }); e.stack = 'Error: outer'; console.log(e)",
        "[Error: outer] { [cause]: 'inner' }",
    ),
    (
        "aggregate errors",
        "const e = new AggregateError([1, 2], 'many'); e.stack = 'AggregateError: many'; console.log(e)",
        "[AggregateError: many] { [errors]: [ 1, 2 ] }",
    ),
    (
        "error classes of one's own",
        (
            "class MyError extends Error { constructor(m) { super(m); this.name = 'MyError' } } const e = new "
            "MyError('m'); e.stack = 'Error: m'; console.log(e)"
        ),
        "[Error: m] { name: 'MyError' }",
    ),
    (
        "map and set iterators name themselves",
        "console.log([1, 2].values(), 'ab'[Symbol.iterator]())",
        "Object [Array Iterator] {} Object [String Iterator] {}",
    ),
    ("generators", "console.log((function* () { yield 1 })())", "Object [Generator] {}"),
    (
        "proxies show their target",
        (
            "console.log(new Proxy({ a: 1 }, { get() { throw new Error('trap') }, ownKeys() { throw new "
            "Error('trap') } }))"
        ),
        "{ a: 1 }",
    ),
    ("an extended array", "class List extends Array {} console.log(List.from([1, 2]))", "List(2) [ 1, 2 ]"),
    (
        "an extended map",
        "class Registry extends Map {} console.log(new Registry([[1, 2]]))",
        "Registry(1) [Map] { 1 => 2 }",
    ),
    ("sparse long arrays", "console.log(new Array(5), [, , 1])", "[ <5 empty items> ] [ <2 empty items>, 1 ]"),
    (
        "many keys",
        "console.log(Object.fromEntries(Array.from({ length: 30 }, (_, i) => ['key' + i, i])))",
        (
            "{\n"
            "  key0: 0,\n"
            "  key1: 1,\n"
            "  key2: 2,\n"
            "  key3: 3,\n"
            "  key4: 4,\n"
            "  key5: 5,\n"
            "  key6: 6,\n"
            "  key7: 7,\n"
            "  key8: 8,\n"
            "  key9: 9,\n"
            "  key10: 10,\n"
            "  key11: 11,\n"
            "  key12: 12,\n"
            "  key13: 13,\n"
            "  key14: 14,\n"
            "  key15: 15,\n"
            "  key16: 16,\n"
            "  key17: 17,\n"
            "  key18: 18,\n"
            "  key19: 19,\n"
            "  key20: 20,\n"
            "  key21: 21,\n"
            "  key22: 22,\n"
            "  key23: 23,\n"
            "  key24: 24,\n"
            "  key25: 25,\n"
            "  key26: 26,\n"
            "  key27: 27,\n"
            "  key28: 28,\n"
            "  key29: 29\n"
            "}"
        ),
    ),
    (
        "number formats",
        "console.log([1e21, 1e-7, 0xff, -0, Infinity], 123456789.123)",
        "[ 1e+21, 1e-7, 255, -0, Infinity ] 123456789.123",
    ),
]


@pytest.mark.parametrize(("name", "statements", "expected"), CASES, ids=[case[0] for case in CASES])
def test_console_prints_what_node_prints(console_of: Any, name: str, statements: str, expected: str) -> None:
    assert console_of(statements) == expected
