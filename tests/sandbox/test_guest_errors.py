"""What a guest throws is data from an enemy: described in bounds, with the author's own lines, never our codes."""

from typing import Any

import pytest

THROWN = [
    ("an error", "throw new TypeError('m')", "TypeError", "m"),
    ("a rejected promise", "return Promise.reject(new RangeError('m'))", "RangeError", "m"),
    ("an error of one's own", "class E extends Error { name = 'Mine' } throw new E('m')", "Mine", "m"),
    (
        "a getter for the message",
        "class E extends Error { get message() { return 'made' } } throw new E()",
        "Error",
        "made",
    ),
    ("a DOMException", "throw new DOMException('m', 'AbortError')", "AbortError", "m"),
    ("a string", "throw 'text'", "Error", "A string was thrown instead of an Error: text"),
    ("a number", "throw 42", "Error", "A value was thrown instead of an Error: 42"),
    ("undefined", "throw undefined", "Error", "A value was thrown instead of an Error: undefined"),
    ("null", "return Promise.reject(null)", "Error", "A value was thrown instead of an Error: null"),
    ("a symbol", "throw Symbol('s')", "Error", "A symbol was thrown instead of an Error: Symbol(s)"),
    ("a bigint", "throw 5n", "Error", "A value was thrown instead of an Error: 5"),
    (
        "an object",
        "throw { a: 1, b: { c: {} } }",
        "Error",
        "An object was thrown instead of an Error: { a: 1, b: { c: {} } }",
    ),
    ("an object like an error", "throw { name: 'Like', message: 'm' }", "Like", "m"),
    ("a function", "throw function f() {}", "f", "An object was thrown instead of an Error: [Function: f]"),
    (
        "a circular object",
        "const o = {}; o.o = o; throw o",
        "Error",
        "An object was thrown instead of an Error: <ref *1> { o: [Circular *1] }",
    ),
    (
        "a proxy",
        "throw new Proxy(new Error('m'), { get() { throw 1 } })",
        "Error",
        "A proxy was thrown instead of an Error",
    ),
    (
        "a revoked proxy",
        "const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy",
        "Error",
        "A proxy was thrown instead of an Error",
    ),
    (
        "getters that throw",
        "throw { get name() { throw 1 }, get message() { throw 2 }, get stack() { throw 3 } }",
        "Error",
        "An object was thrown instead of an Error: { name: [Getter], message: [Getter], stack: [Getter] }",
    ),
    (
        "a name that is no string",
        "const e = new Error('m'); e.name = { toString() { throw 1 } }; throw e",
        "Error",
        "m",
    ),
    ("a message that is no string", "const e = new Error('m'); e.message = 5; throw e", "Error", ""),
    (
        "no prototype",
        "throw Object.create(null)",
        "Error",
        "An object was thrown instead of an Error: [Object: null prototype] {}",
    ),
    ("no name", "const e = new Error('m'); e.name = ''; throw e", "", "m"),
    ("an aggregate", "throw new AggregateError([1], 'many')", "AggregateError", "many"),
]


@pytest.mark.parametrize(("name", "statements", "error_name", "message"), THROWN, ids=[case[0] for case in THROWN])
def test_anything_can_be_thrown_and_is_described(
    run_js: Any, name: str, statements: str, error_name: str, message: str
) -> None:
    ran = run_js(f"module.exports = async () => {{ {statements} }}")
    assert (ran.error.code, ran.error.name, ran.error.message) == ("action_error", error_name, message)


def test_a_stack_has_the_header_and_the_authors_lines_only(run_js: Any) -> None:
    ran = run_js(
        "function inner() {\n  throw new TypeError('boom');\n}\nmodule.exports = function outer() {\n  inner();\n};",
        filename="roles.js",
    )
    assert ran.error.stack == "TypeError: boom\n    at inner (roles.js:2:13)\n    at outer (roles.js:5:3)"


def test_lines_survive_waiting_and_callbacks_of_the_language(run_js: Any) -> None:
    ran = run_js(
        "module.exports = async function handler() {\n  await null;\n  [1].map(function each() {\n    null.x;\n  })\n}",
        filename="a.js",
    )
    assert ran.error.stack.splitlines()[1:] == ["    at each (a.js:4:5)", "    at handler (a.js:3:11)"]


def test_the_stack_an_action_sees_is_nodes(console_of: Any) -> None:
    assert console_of("console.log(new Error('m').stack.split('\\n')[0])") == "Error: m"


def test_capture_stack_trace_gives_an_object_a_stack(value_of: Any) -> None:
    first = value_of("(() => { const o = { name: 'N', message: 'm' }; Error.captureStackTrace(o); return o.stack })()")
    assert first.splitlines()[0] == "N: m"


def test_what_is_described_is_bounded(run_js: Any) -> None:
    error = run_js("""module.exports = () => {
        const e = new Error('m'.repeat(1e6)); e.name = 'n'.repeat(1e6); e.stack = 's'.repeat(1e6); throw e;
    }""").error
    assert (len(error.name), len(error.message)) == (256, 8192)
    assert len(error.stack) <= 16384


def test_lone_surrogates_do_not_break_the_message(run_js: Any) -> None:
    assert (
        run_js(r"module.exports = () => { throw new Error('a\ud800b') }").error.message == "a\N{REPLACEMENT CHARACTER}b"
    )


@pytest.mark.parametrize("code", ["never_settled", "cpu_limit", "missing_handler", "unknown_method"])
def test_a_code_of_ours_cannot_be_forged(run_js: Any, code: str) -> None:
    ran = run_js(f"module.exports = () => {{ throw Object.assign(new Error('m'), {{ code: '{code}' }}) }}")
    assert ran.error.code == "action_error"


def test_a_caught_and_rethrown_error_of_ours_keeps_code_and_words(run_js: Any) -> None:
    ran = run_js(
        """module.exports = async () => {
            const o = {}; o.o = o;
            return { toJSON() { throw new Error('mine') } };
        }"""
    )
    assert (ran.error.code, ran.error.message) == ("result_not_json", "The result cannot be JSON: mine")


NOT_JSON = [
    ("a circular value", "const o = {}; o.o = o; return o", "circular reference"),
    ("a bigint", "return 5n", "BigInt"),
    ("a function", "return () => {}", "type function has no JSON form"),
    ("a symbol", "return Symbol('s')", "type symbol has no JSON form"),
]


@pytest.mark.parametrize(("name", "statements", "reason"), NOT_JSON, ids=[case[0] for case in NOT_JSON])
def test_a_result_that_cannot_be_json_says_why(run_js: Any, name: str, statements: str, reason: str) -> None:
    error = run_js(f"module.exports = () => {{ {statements} }}").error
    assert error.code == "result_not_json"
    assert reason in error.message


def test_an_unhandled_rejection_fails_the_run_even_beside_a_result(run_js: Any) -> None:
    ran = run_js("module.exports = () => { Promise.reject(new Error('lost')); return 'fine' }")
    assert (ran.error.message, ran.output) == ("lost", None)


def test_a_rejection_that_is_handled_in_the_same_turn_is_none(run_js: Any) -> None:
    ran = run_js("""module.exports = async () => {
        const p = Promise.reject(new Error('x'));
        await null;
        await p.catch(() => {});
        return 1;
    }""")
    assert (ran.error, ran.output) == (None, 1)


def test_the_first_failure_is_the_one_reported(run_js: Any) -> None:
    ran = run_js("module.exports = async () => { Promise.reject(new Error('second')); throw new Error('first') }")
    assert ran.error.message == "first"


THENABLES = [
    ("a then that throws", "return { get then() { throw new Error('trap') } }", "trap"),
    ("a then that rejects", "return { then(_, no) { no(new Error('no')) } }", "no"),
    ("a then that never answers", "return { then() {} }", "The promise of the action can never settle"),
    ("a then that throws after resolving", "return { then(yes) { yes(1); throw new Error('late') } }", None),
    ("a then that resolves twice", "return { then(yes) { yes(1); yes(2) } }", None),
    (
        "a promise with a hostile constructor",
        "const p = Promise.resolve(1); p.constructor = { get [Symbol.species]() { throw 'no' } }; return p",
        "A string was thrown instead of an Error: no",
    ),
]


@pytest.mark.parametrize(("name", "statements", "message"), THENABLES, ids=[case[0] for case in THENABLES])
def test_a_hostile_thenable_harms_itself_only(run_js: Any, name: str, statements: str, message: str | None) -> None:
    ran = run_js(f"module.exports = () => {{ {statements} }}")
    if message is None:
        assert (ran.error, ran.output) == (None, 1)
    else:
        assert ran.error.message.startswith(message)


HOSTILE = [
    ("Promise.prototype.then", "Promise.prototype.then = () => { throw new Error('hijacked') };"),
    ("the species of promises", "Object.defineProperty(Promise, Symbol.species, { get() { throw 1 } });"),
    (
        "Array.prototype methods",
        "for (const k of ['push', 'join', 'map', 'slice', 'shift']) Array.prototype[k] = () => { throw 1 };",
    ),
    (
        "setters on array indexes",
        (
            "for (let i = 0; i < 9; i++) Object.defineProperty(Array.prototype, i, { set() { throw 1 }, "
            "configurable: true });"
        ),
    ),
    ("Symbol.iterator", "Array.prototype[Symbol.iterator] = Map.prototype[Symbol.iterator] = () => { throw 1 };"),
    (
        "Map and WeakMap methods",
        (
            "for (const k of ['get', 'set', 'has', 'delete', 'forEach']) Map.prototype[k] = "
            "WeakMap.prototype[k] = () => 7;"
        ),
    ),
    ("toJSON", "Object.prototype.toJSON = String.prototype.toJSON = Array.prototype.toJSON = () => 'forged';"),
    ("JSON.stringify", 'JSON.stringify = () => \'{"type":"done"}\'; JSON.parse = () => ({});'),
    (
        "Reflect and Function.prototype",
        "Reflect.apply = Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => 7;",
    ),
    (
        "getters on Object.prototype",
        (
            "for (const k of ['get', 'set', 'value', 'type', 'id', 'ok', 'error', 'completions']) "
            "Object.defineProperty(Object.prototype, k, { __proto__: null, get() { throw 1 }, set() { throw 1 "
            "}, configurable: true });"
        ),
    ),
    (
        "String.prototype methods",
        (
            "for (const k of ['slice', 'indexOf', 'startsWith', 'endsWith', 'includes']) String.prototype[k] = "
            "() => { throw 1 };"
        ),
    ),
    (
        "Error and its prototype",
        (
            "Error.prototype.toString = () => { throw 1 }; Error.prepareStackTrace = () => { throw 1 }; "
            "Error.stackTraceLimit = {};"
        ),
    ),
    (
        "all globals",
        (
            "for (const k of Object.getOwnPropertyNames(globalThis)) try { if (k !== 'setTimeout') "
            "globalThis[k] = undefined } catch {}"
        ),
    ),
]


@pytest.mark.parametrize(("name", "damage"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_damage_to_the_realm_does_not_reach_the_messages(run_js: Any, name: str, damage: str) -> None:
    """The run still ends with the result or error of the action, its timer still fires."""
    waits = "const wait = setTimeout; const P = Promise;"
    ran = run_js(f"""{waits}
        module.exports = async (input) => {{
            const waiting = new P((resolve) => wait(resolve, 1));
            {damage}
            await waiting;
            throw 'end';
        }}""")
    assert (ran.error.code, ran.error.message) == ("action_error", "A string was thrown instead of an Error: end")


@pytest.mark.parametrize(("name", "damage"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_damage_to_the_realm_stays_in_its_run(run_js: Any, name: str, damage: str) -> None:
    run_js(f"module.exports = () => {{ {damage} }}")
    assert run_js("module.exports = (input) => [input, ...[1, 2]].map((x) => `${x}`).join()", "in").output == "in,1,2"


@pytest.mark.parametrize(
    "statement",
    [
        "setTimeout(5)",
        "crypto.getRandomValues(1)",
        "require('std')",
        "require('fs').readFileSync('/x')",
        "new URL('nope')",
    ],
)
def test_call_sites_of_ours_are_kept_from_prepare_stack_trace(run_js: Any, statement: str) -> None:
    """A call site gives its function away: with ours in hand a tenant could forge our codes."""
    ran = run_js(
        f"""module.exports = function handler() {{
            const files = [];
            Error.prepareStackTrace = (error, sites) => {{ for (const s of sites) files.push(s.getFileName()) }};
            try {{ {statement} }} catch (e) {{ void e.stack }}
            return files;
        }}""",
        filename="a.js",
    )
    assert set(ran.output) <= {"a.js", None}
    assert "a.js" in ran.output


def test_prepare_stack_trace_decides_what_a_stack_is(value_of: Any) -> None:
    assert (
        value_of(
            "(() => { Error.prepareStackTrace = (e, s) => `${e.message} ${s.length > 0}`; return Error('m').stack })()"
        )
        == "m true"
    )
