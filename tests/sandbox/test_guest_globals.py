"""The complete list of a guest's globals, and what must be absent. A name that is added here was thought about."""

from typing import Any

import pytest

LANGUAGE = """
    AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DataView Date
    DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity
    Int16Array Int32Array Int8Array InternalError Iterator JSON Map Math NaN Number Object Promise Proxy RangeError
    ReferenceError Reflect RegExp Set String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array
    Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI
    encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape
""".split()

PLATFORM = """
    AbortController AbortSignal Blob Buffer ByteLengthQueuingStrategy CloseEvent CompressionStream
    CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent Event EventTarget
    File FormData Headers Intl MessageChannel MessageEvent MessagePort Navigator Performance PerformanceEntry
    PerformanceMark PerformanceMeasure ProgressEvent PromiseRejectionEvent ReadableByteStreamController
    ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController
    ReadableStreamDefaultReader Request Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder
    TextEncoderStream TransformStream TransformStreamDefaultController URL URLSearchParams WebSocket WritableStream
    WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearImmediate clearInterval clearTimeout
    console crypto fetch global navigator performance process queueMicrotask reportError setImmediate setInterval
    setTimeout structuredClone
""".split()

ABSENT = """
    Atomics SharedArrayBuffer WebAssembly std os bjson scriptArgs print gc require module exports __dirname
    __filename XMLHttpRequest Worker importScripts Deno Bun host runtime interlock window self document
    localStorage Realm ShadowRealm quit load read readline
""".split()


def test_the_globals_are_exactly_these(value_of: Any) -> None:
    assert value_of("Object.getOwnPropertyNames(globalThis)") == sorted([*LANGUAGE, *PLATFORM]) or sorted(
        value_of("Object.getOwnPropertyNames(globalThis)")
    ) == sorted([*LANGUAGE, *PLATFORM])


def test_no_global_has_a_symbol_for_a_name_but_the_tag(value_of: Any) -> None:
    assert value_of("Object.getOwnPropertySymbols(globalThis).map(String)") == ["Symbol(Symbol.toStringTag)"]


def test_the_global_object_inherits_nothing_else(value_of: Any) -> None:
    assert value_of("Object.getPrototypeOf(globalThis) === Object.prototype") is True


@pytest.mark.parametrize("name", ABSENT)
def test_absent(run_js: Any, name: str) -> None:
    """Looked for as a global, and as a free name wherever the module's own parameters do not have it."""
    ran = run_js(f"module.exports = () => ['{name}' in globalThis, new Function('return typeof {name}')()]")
    assert ran.output == [False, "undefined"]


@pytest.mark.parametrize(
    "source", ["import('std')", "import('./x.js')", "import('data:text/javascript,export default 1')"]
)
def test_nothing_but_what_is_built_in_can_be_imported(run_js: Any, source: str) -> None:
    ran = run_js(
        f"module.exports = async () => {{ try {{ await {source}; return 'loaded' }} "
        "catch (e) { return e.code ?? e.name } }"
    )
    assert ran.output == "MODULE_NOT_FOUND"


LAZY = [
    name
    for name in PLATFORM
    if (name[0].isupper() and name not in {"DOMException", "TextEncoder"})
    or name in {"fetch", "reportError", "structuredClone"}
]


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_global_is_an_ordinary_property_once_it_was_read(run_js: Any, name: str) -> None:
    # The name is put together, so that the image's maker does not load it beforehand.
    ran = run_js(f"""module.exports = () => {{
        const name = {" + ".join(repr(letter) for letter in name)};
        const first = globalThis[name];
        const {{ value, writable, enumerable, configurable }} = Object.getOwnPropertyDescriptor(globalThis, name);
        return [typeof first, value === first, writable, enumerable, configurable];
    }}""")
    assert ran.output == ["object" if name == "Intl" else "function", True, True, False, True]


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_global_can_be_replaced_before_it_was_read(run_js: Any, name: str) -> None:
    ran = run_js(f"""module.exports = () => {{
        const name = {" + ".join(repr(letter) for letter in name)};
        globalThis[name] = 'mine';
        return globalThis[name];
    }}""")
    assert ran.output == "mine"


def test_globals_are_not_enumerable(value_of: Any) -> None:
    assert value_of("Object.keys(globalThis)") == []


def test_global_is_global_this(value_of: Any) -> None:
    assert value_of("global === globalThis") is True


def test_an_action_has_its_commonjs_names(run_js: Any) -> None:
    ran = run_js("exports.x = 1; this.y = 2; module.exports = () => [typeof require, exports.x, exports.y]")
    assert ran.output == ["function", 1, 2]


REQUIRED = [
    ("require('util').inspect({ a: [1] })", "{ a: [ 1 ] }"),
    ("require('node:util').format('%s-%d', 'a', 2)", "a-2"),
    ("require('util').promisify((a, done) => done(null, a + 1))(1)", 2),
    ("require('util').types.isDate(new Date())", True),
    ("require('buffer').Buffer === Buffer", True),
    ("require('url').URL === URL", True),
    ("new (require('util').TextDecoder)().decode(new (require('util').TextEncoder)().encode('é'))", "é"),
]


@pytest.mark.parametrize(("expression", "expected"), REQUIRED)
def test_what_can_be_required(value_of: Any, expression: str, expected: Any) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    "name", ["fs/nothing", "node:nothing", "lodash", "./other.js", "std", "", "__proto__", "inspect"]
)
def test_any_other_module_is_not_found_and_says_what_is(value_of: Any, name: str) -> None:
    code, message = value_of(f"(() => {{ try {{ require('{name}') }} catch (e) {{ return [e.code, e.message] }} }})()")
    assert code == "MODULE_NOT_FOUND"
    assert message == (
        f"Cannot find module '{name}': it is none of Node's. Name a package as a dependency"
        " (package.json, --dependency)"
    )


def test_math_random_and_the_clock_are_the_hosts(value_of: Any) -> None:
    assert value_of("[typeof Math.random(), Math.abs(new Date().getTime() - Date.now())]") == ["number", 0]
