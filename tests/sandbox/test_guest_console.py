"""console, with Node's text. What is expected was printed by Node 24."""

from typing import Any

import pytest

CASES = [
    (
        "strings are joined by spaces",
        "console.log('a', 'b', 'c')",
        "a b c",
    ),
    (
        "nothing prints an empty line",
        "console.log()",
        "",
    ),
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
    (
        "arrays with holes",
        "console.log([1, , 3, undefined, null])",
        "[ 1, <1 empty item>, 3, undefined, null ]",
    ),
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
    (
        "arrays with extra keys",
        "const a = [1]; a.name = 'x'; console.log(a)",
        "[ 1, name: 'x' ]",
    ),
    (
        "empty containers",
        "console.log([], {}, new Map(), new Set())",
        "[] {} Map(0) {} Set(0) {}",
    ),
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
    (
        "regular expressions",
        "console.log(/a+b/gi, { r: /x/ })",
        "/a+b/gi { r: /x/ }",
    ),
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
    (
        "private fields stay private",
        "class P { #secret = 1; open = 2 } console.log(new P())",
        "P { open: 2 }",
    ),
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
    (
        "arguments objects",
        "(function () { console.log(arguments) })(1, 'a')",
        "[Arguments] { '0': 1, '1': 'a' }",
    ),
    (
        "toStringTag",
        "console.log({ [Symbol.toStringTag]: 'Tagged', a: 1 })",
        "{ a: 1, Symbol(Symbol.toStringTag): 'Tagged' }",
    ),
    (
        "custom inspection",
        "console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { return 'mine' } })",
        "mine",
    ),
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
    (
        "format with too few values",
        "console.log('%s and %s', 'one')",
        "one and %s",
    ),
    (
        "format with too many values",
        "console.log('%s', 'one', 'two', { three: 3 })",
        "one two { three: 3 }",
    ),
    (
        "a lone percent sign",
        "console.log('100%', 'sure')",
        "100% sure",
    ),
    (
        "format of symbols and bigints",
        "console.log('%s %d %i', Symbol('x'), 5n, 7n)",
        "Symbol(x) 5n 7n",
    ),
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
    (
        "nested arrays",
        "console.log([[1, [2, [3, [4]]]]])",
        "[ [ 1, [ 2, [Array] ] ] ]",
    ),
    (
        "dir takes a depth",
        "console.dir({ a: { b: { c: {} } } }, { depth: 0 })",
        "{ a: [Object] }",
    ),
    (
        "an object beside text",
        "console.log('user:', { id: 1 }, 'done')",
        "user: { id: 1 } done",
    ),
    (
        "groups indent",
        (
            "console.group('outer'); console.log('in\\nside'); console.group(); console.log({ a: 1 }); "
            "console.groupEnd(); console.groupEnd(); console.log('out')"
        ),
        ("outer\n  in\n  side\n    { a: 1 }\nout"),
    ),
    (
        "counts",
        "console.count(); console.count('x'); console.count(); console.countReset(); console.count()",
        ("default: 1\nx: 1\ndefault: 2\ndefault: 1"),
    ),
    (
        "assertions",
        (
            "console.assert(true, 'no'); console.assert(false); console.assert(0, 'text %s', 1); "
            "console.assert(null, { a: 1 })"
        ),
        ("Assertion failed\nAssertion failed: text 1\nAssertion failed { a: 1 }"),
    ),
    (
        "a table of records",
        "console.table([{ a: 1, b: 'x' }, { a: 2, c: true }])",
        (
            "┌─────────┬───┬─────┬──────┐\n"
            "│ (index) │ a │ b   │ c    │\n"
            "├─────────┼───┼─────┼──────┤\n"
            "│ 0       │ 1 │ 'x' │      │\n"
            "│ 1       │ 2 │     │ true │\n"
            "└─────────┴───┴─────┴──────┘"
        ),
    ),
    (
        "a table with chosen columns",
        "console.table([{ a: 1, b: 2 }, { a: 3, b: 4 }], ['b'])",
        ("┌─────────┬───┐\n│ (index) │ b │\n├─────────┼───┤\n│ 0       │ 2 │\n│ 1       │ 4 │\n└─────────┴───┘"),
    ),
    (
        "a table of values",
        "console.table(['p', 1, null])",
        (
            "┌─────────┬────────┐\n"
            "│ (index) │ Values │\n"
            "├─────────┼────────┤\n"
            "│ 0       │ 'p'    │\n"
            "│ 1       │ 1      │\n"
            "│ 2       │ null   │\n"
            "└─────────┴────────┘"
        ),
    ),
    (
        "a table of a map",
        "console.table(new Map([['k', 1], ['l', { a: 1 }]]))",
        (
            "┌───────────────────┬─────┬──────────┐\n"
            "│ (iteration index) │ Key │ Values   │\n"
            "├───────────────────┼─────┼──────────┤\n"
            "│ 0                 │ 'k' │ 1        │\n"
            "│ 1                 │ 'l' │ { a: 1 } │\n"
            "└───────────────────┴─────┴──────────┘"
        ),
    ),
    (
        "a table of a set",
        "console.table(new Set([1, 'two']))",
        (
            "┌───────────────────┬────────┐\n"
            "│ (iteration index) │ Values │\n"
            "├───────────────────┼────────┤\n"
            "│ 0                 │ 1      │\n"
            "│ 1                 │ 'two'  │\n"
            "└───────────────────┴────────┘"
        ),
    ),
    (
        "a table of lists",
        "console.table([[1, 2], [3, 4]])",
        (
            "┌─────────┬───┬───┐\n"
            "│ (index) │ 0 │ 1 │\n"
            "├─────────┼───┼───┤\n"
            "│ 0       │ 1 │ 2 │\n"
            "│ 1       │ 3 │ 4 │\n"
            "└─────────┴───┴───┘"
        ),
    ),
    (
        "a table of an object",
        "console.table({ x: { v: 1 }, y: { v: [1, 2] } })",
        (
            "┌─────────┬──────────┐\n"
            "│ (index) │ v        │\n"
            "├─────────┼──────────┤\n"
            "│ x       │ 1        │\n"
            "│ y       │ [ 1, 2 ] │\n"
            "└─────────┴──────────┘"
        ),
    ),
    (
        "a table of no object",
        "console.table(5)",
        "5",
    ),
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
    (
        "globalThis members",
        "console.log(Math, JSON)",
        "Object [Math] {} Object [JSON] {}",
    ),
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
    (
        "generators",
        "console.log((function* () { yield 1 })())",
        "Object [Generator] {}",
    ),
    (
        "proxies show their target",
        (
            "console.log(new Proxy({ a: 1 }, { get() { throw new Error('trap') }, ownKeys() { throw new "
            "Error('trap') } }))"
        ),
        "{ a: 1 }",
    ),
    (
        "an extended array",
        "class List extends Array {} console.log(List.from([1, 2]))",
        "List(2) [ 1, 2 ]",
    ),
    (
        "an extended map",
        "class Registry extends Map {} console.log(new Registry([[1, 2]]))",
        "Registry(1) [Map] { 1 => 2 }",
    ),
    (
        "sparse long arrays",
        "console.log(new Array(5), [, , 1])",
        "[ <5 empty items> ] [ <2 empty items>, 1 ]",
    ),
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


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("debug", "debug"),
        ("log", "log"),
        ("info", "info"),
        ("warn", "warn"),
        ("error", "error"),
        ("trace", "trace"),
        ("dir", "log"),
        ("dirxml", "log"),
        ("table", "log"),
        ("group", "log"),
        ("groupCollapsed", "log"),
    ],
)
def test_each_method_has_its_level(run_js: Any, method: str, level: str) -> None:
    ran = run_js(f"module.exports = () => console.{method}('text')")
    assert [line.level for line in ran.logs] == [level]


def test_lines_keep_their_order_across_levels_and_waiting(run_js: Any) -> None:
    ran = run_js("""
        console.info('loading');
        module.exports = async () => {
          console.log('first');
          await new Promise((resolve) => setTimeout(resolve, 1));
          console.error('second');
        };
    """)
    assert [(line.level, line.message) for line in ran.logs] == [("log", "first"), ("error", "second")]


def test_an_error_prints_its_stack_with_the_authors_lines_only(run_js: Any) -> None:
    ran = run_js("module.exports = function handler() {\n  console.log(new TypeError('boom'));\n}", filename="roles.js")
    assert ran.console == "TypeError: boom\n    at handler (roles.js:2:19)"


def test_an_error_inside_an_object_is_indented(run_js: Any) -> None:
    ran = run_js("module.exports = function f() {\n  console.log({ e: new Error('boom') });\n}", filename="a.js")
    assert ran.console == "{\n  e: Error: boom\n      at f (a.js:2:24)\n}"


def test_a_dom_exception_prints_its_name_and_stack(run_js: Any) -> None:
    ran = run_js(
        "module.exports = function f() {\n  console.log(new DOMException('m', 'AbortError'));\n}", filename="a.js"
    )
    assert ran.console.splitlines()[0] == "DOMException [AbortError]: m"
    assert "a.js:2" in ran.console


def test_trace_adds_where_it_was_called(run_js: Any) -> None:
    ran = run_js("module.exports = function f() {\n  console.trace('here %d', 1);\n}", filename="a.js")
    assert ran.console == "Trace: here 1\n    at f (a.js:2:11)"


def test_a_rejected_promise_shows_its_reason(console_of: Any) -> None:
    printed = console_of("const p = Promise.reject('no'); p.catch(() => {}); console.log(p)")
    assert printed == "Promise { <rejected> 'no' }"


def test_timers_of_the_console_measure_the_clock_that_stands_still(run_js: Any) -> None:
    ran = run_js("""module.exports = async () => {
        console.time(); console.timeLog(undefined, 'at', { a: 1 }); console.timeEnd();
        console.time('x'); console.time('x'); console.timeEnd('y');
    }""")
    assert [(line.level, line.message) for line in ran.logs] == [
        ("log", "default: 0ms at { a: 1 }"),
        ("log", "default: 0ms"),
        ("warn", "Label 'x' already exists for console.time()"),
        ("warn", "No such label 'y' for console.timeEnd()"),
    ]


def test_resetting_an_unknown_count_warns(run_js: Any) -> None:
    ran = run_js("module.exports = () => console.countReset('x')")
    assert [(line.level, line.message) for line in ran.logs] == [("warn", "Count for 'x' does not exist")]


def test_methods_work_without_their_object(console_of: Any) -> None:
    assert console_of("const { log } = console; ['a'].forEach((v) => log(v))") == "a"


def test_a_changed_prototype_changes_no_plain_line(console_of: Any) -> None:
    printed = console_of("""
        Array.prototype.join = String.prototype.includes = () => { throw new Error('hijacked') };
        Array.prototype[Symbol.iterator] = () => { throw new Error('hijacked') };
        console.log('still', 'here', 1);
    """)
    assert printed == "still here 1"


def test_the_console_parameter_and_the_global_are_one(value_of: Any) -> None:
    assert value_of("console === globalThis.console") is True
