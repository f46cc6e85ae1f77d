"""node:process: nextTick's place among promises and timers, and what is asked about a process that is none."""

from typing import Any

import pytest

ORDERS = {
    "ticks come before promise jobs": (
        "Promise.resolve().then(() => out.push('promise')); process.nextTick(() => out.push('tick')); "
        "queueMicrotask(() => out.push('microtask')); out.push('now')"
    ),
    "ticks of ticks come before promise jobs": (
        "process.nextTick(() => { out.push('a'); process.nextTick(() => out.push('b')); Promise.resolve().then(() => "
        "out.push('p')) }); process.nextTick(() => out.push('c'))"
    ),
    "a tick of a promise job waits for all promise jobs": (
        "Promise.resolve().then(() => { out.push('p1'); process.nextTick(() => out.push('tick')) }).then(() => "
        "out.push('p2')); "
    ),
    "ticks come before timers and immediates": (
        "setImmediate(() => out.push('immediate')); setTimeout(() => out.push('timer'), 5); process.nextTick(() => "
        "out.push('tick'))"
    ),
    "a timer's ticks come before the next timer": (
        "setTimeout(() => { out.push('t1'); process.nextTick(() => out.push('tick')); Promise.resolve().then(() => "
        "out.push('p')) }, 1); setTimeout(() => out.push('t2'), 2)"
    ),
    "arguments are handed on": "process.nextTick((...a) => out.push(a), 1, 'x')",
}


@pytest.mark.parametrize("body", ORDERS.values(), ids=ORDERS)
def test_next_tick_runs_where_node_runs_it(same: Any, body: str) -> None:
    # In a callback of its own: the comparison's Node is inside a promise job when it begins.
    same(
        "const out = []; await new Promise((done) => setTimeout(() => { "
        f"{body}; setTimeout(done, 20) }}, 1)); return out"
    )


def test_what_a_tick_throws_fails_the_run(run_js: Any) -> None:
    ran = run_js("module.exports = () => new Promise(() => process.nextTick(() => { throw new TypeError('late') }))")
    assert (ran.error.name, ran.error.message) == ("TypeError", "late")


def test_a_tick_of_the_top_level_runs_before_the_handler(run_js: Any) -> None:
    ran = run_js("let v = 0; process.nextTick(() => { v = 1 }); module.exports = () => v")
    assert ran.output == 1


def test_endless_ticks_end_with_the_cpu_limit(run_js: Any) -> None:
    ran = run_js("const f = () => process.nextTick(f); module.exports = () => { f(); return new Promise(() => {}) }")
    assert ran.error.code == "cpu_limit"


CASES = {
    "what is no function is refused": "return await caught(() => process.nextTick(1))",
    "the environment holds text": (
        "process.env.A = 1; process.env.B = undefined; const r = [process.env.A, process.env.B, 'A' in process.env]; "
        "delete process.env.A; return [...r, process.env.A === undefined]"
    ),
    "it is an emitter": (
        "const out = []; process.once('mine', (v) => out.push(v)); process.emit('mine', 1); process.emit('mine', 2); "
        "return [out, process instanceof require('events'), Object.prototype.toString.call(process), "
        "process.constructor.name]"
    ),
    "times": (
        "const [s, n] = process.hrtime(); const d = process.hrtime([s, n]); return [typeof s, typeof n, d[0], typeof "
        "process.hrtime.bigint(), process.uptime() >= 0, await caught(() => process.hrtime(5))]"
    ),
    "where it is": (
        "return [process.platform, process.arch, process.release.name, Array.isArray(process.argv), "
        "process.version[0], typeof process.pid, process.exitCode === undefined]"
    ),
    "its figures": (
        "return [Object.keys(process.memoryUsage()), typeof process.memoryUsage.rss(), Object.keys(process.cpuUsage())]"
    ),
    "a warning is an event": (
        "const p = new Promise((d) => process.once('warning', (w) => d([w.name, w.code, w.message, w.detail]))); "
        "process.emitWarning('careful', { type: 'Mine', code: 'C1', detail: 'more' }); return await p"
    ),
    "built-in modules by name": (
        "return [process.getBuiltinModule('fs') === require('fs'), process.getBuiltinModule('nope') === undefined]"
    ),
    "the module is the global": "return [require('process') === process, require('node:process') === process]",
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_process_answers_as_in_node(same: Any, body: str) -> None:
    same(body)


def test_what_is_written_to_the_outputs_is_on_the_console(run_js: Any) -> None:
    ran = run_js(
        "module.exports = () => { process.stdout.write('out\\n'); process.stderr.write(Buffer.from('error\\n')); "
        "process.stdout.write('a\\nb\\n'); require('fs').writeSync(1, 'file\\n') }"
    )
    assert ran.console == "out\nerror\na\nb\nfile"


@pytest.mark.parametrize("name", ["exit", "abort", "kill", "chdir", "dlopen", "binding", "setuid", "reallyExit"])
def test_what_would_end_or_change_a_process_is_refused_by_name(guest: Any, name: str) -> None:
    _, code, message = guest(f"return await caught(() => process.{name}(1))")
    assert code == "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"
    assert message.startswith(f"process.{'exit' if name == 'reallyExit' else name}() is not available: An action ")


def test_the_environment_is_empty_and_a_run_leaves_nothing_in_it(run_js: Any) -> None:
    source = "module.exports = () => { const before = Object.keys(process.env); process.env.A = 'x'; return before }"
    assert [run_js(source).output, run_js(source).output] == [[], []]


def test_the_image_of_an_action_that_uses_process_holds_no_time(run_js: Any) -> None:
    ran = run_js("process.hrtime; module.exports = () => process.hrtime()[0]")
    assert ran.output > 1_700_000_000
