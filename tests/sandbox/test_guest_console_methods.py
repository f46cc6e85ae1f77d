"""console: levels, order, stacks, and what tenant code may do to it."""

from typing import Any

import pytest


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
    assert [(line.level, line.message) for line in ran.logs] == [
        ("info", "loading"),
        ("log", "first"),
        ("error", "second"),
    ]


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


def test_clearing_the_console_is_accepted(console_of: Any) -> None:
    assert console_of("console.log('kept'); console.clear(); console.log('too')") == "kept\ntoo"


def test_the_console_is_a_namespace(value_of: Any) -> None:
    assert value_of(
        "[Reflect.ownKeys(Object.getPrototypeOf(console)), "
        "...[console.assert, console.dir, console.table].map((method) => method.length)]"
    ) == [[], 0, 0, 0]


def test_a_list_of_millions_is_printed_within_the_limits(console_of: Any) -> None:
    printed = console_of("console.log(new Uint8Array(8e6)); console.log(new Array(1e6).fill('x'))")
    assert "... 7999900 more items" in printed
    assert "... 999900 more items" in printed
