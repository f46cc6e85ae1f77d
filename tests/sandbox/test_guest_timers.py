"""setTimeout, setInterval, setImmediate: order, arguments and objects as in Node. Each arming is one host operation."""

from typing import Any

import pytest

from interlock.sandbox import Limits

WAIT = "await new Promise((resolve) => setTimeout(resolve, 30));"

ORDERS = [
    (
        "equal delays fire as they were set",
        "setTimeout(p, 5, 'a'); setTimeout(p, 5, 'b'); setTimeout(p, 5, 'c');",
        "a b c",
    ),
    ("shorter delays fire first", "setTimeout(p, 9, 'late'); setTimeout(p, 1, 'early');", "early late"),
    (
        "zero is one millisecond",
        "setTimeout(p, 1, 'one'); setTimeout(p, 0, 'zero'); setTimeout(p, -5, 'less');",
        "one zero less",
    ),
    (
        "what is no number is one millisecond",
        "setTimeout(p, 2, 'two'); setTimeout(p, 'x', 'text'); setTimeout(p, NaN, 'nan');",
        "text nan two",
    ),
    ("too long is one millisecond", "setTimeout(p, 2, 'two'); setTimeout(p, 2 ** 31, 'long');", "long two"),
    ("numeric strings are numbers", "setTimeout(p, '4', 'four'); setTimeout(p, '2', 'two');", "two four"),
    ("fractions are cut off", "setTimeout(p, 2.9, 'a'); setTimeout(p, 2, 'b');", "a b"),
    ("immediates come before timers", "setTimeout(p, 0, 'timer'); setImmediate(p, 'immediate');", "immediate timer"),
    (
        "microtasks come before both",
        "setImmediate(p, 'i'); queueMicrotask(() => p('m')); Promise.resolve().then(() => p('then'));",
        "m then i",
    ),
    (
        "microtasks run between two timers",
        "setTimeout(() => { p('a'); Promise.resolve().then(() => p('after a')) }, 1); setTimeout(p, 1, 'b');",
        "a after a b",
    ),
    (
        "a timer set by a timer comes later",
        "setTimeout(() => { p('a'); setTimeout(p, 1, 'c') }, 1); setTimeout(p, 1, 'b');",
        "a b c",
    ),
    (
        "a cleared timer does not fire",
        "const t = setTimeout(p, 1, 'no'); clearTimeout(t); setTimeout(p, 2, 'yes');",
        "yes",
    ),
    (
        "a timer can clear its neighbour",
        "let t; setTimeout(() => { p('a'); clearTimeout(t) }, 1); t = setTimeout(p, 1, 'no');",
        "a",
    ),
    ("clearing by number", "const t = +setTimeout(p, 1, 'no'); clearTimeout(t); clearTimeout(String(t));", ""),
    (
        "clearing what is no timer does nothing",
        "clearTimeout(); clearTimeout(null); clearTimeout({}); clearTimeout(99); clearInterval('x'); p('on');",
        "on",
    ),
    (
        "clearing twice does nothing",
        "const t = setTimeout(p, 1, 'no'); clearTimeout(t); clearTimeout(t); p('on');",
        "on",
    ),
    (
        "an interval repeats until it is cleared",
        "let n = 0; const t = setInterval(() => { p(n); if (++n === 3) clearInterval(t) }, 1);",
        "0 1 2",
    ),
    ("clearTimeout stops an interval", "const t = setInterval(p, 1, 'no'); clearTimeout(t);", ""),
    ("clearImmediate", "const t = setImmediate(p, 'no'); clearImmediate(t);", ""),
    (
        "refresh starts the delay again",
        "const t = setTimeout(p, 2, 'refreshed'); setTimeout(() => t.refresh(), 1); setTimeout(p, 2, 'b');",
        "b refreshed",
    ),
    ("close is clearTimeout", "setTimeout(p, 1, 'no').close();", ""),
    ("arguments are passed on", "setTimeout((...all) => p(all.join('+')), 1, 1, 'b', null);", "1+b+"),
    ("this is the timer", "const t = setTimeout(function () { p(this === t) }, 1);", "true"),
]


@pytest.mark.parametrize(("name", "statements", "expected"), ORDERS, ids=[case[0] for case in ORDERS])
def test_timers_fire_in_nodes_order(run_js: Any, name: str, statements: str, expected: str) -> None:
    ran = run_js(
        "module.exports = async () => { const seen = []; const p = (v) => seen.push(v); "
        f"{statements} {WAIT} return seen.join(' ') }}"
    )
    assert (ran.error, ran.output) == (None, expected)


OBJECTS = [
    (
        "ref and unref give the timer back",
        "((t) => [t.ref() === t, t.unref() === t, t.hasRef(), t.ref().hasRef()])(setTimeout(() => {}, 1))",
        [True, True, False, True],
    ),
    (
        "a timer is a number when asked",
        "((t) => [typeof +t, +t > 0, `${t}` === String(+t)])(setTimeout(() => {}, 1))",
        ["number", True, True],
    ),
    ("its class is Timeout", "setTimeout(() => {}, 1).constructor.name", "Timeout"),
    (
        "a callback must be a function",
        "fail(() => setTimeout('code', 1))",
        ["TypeError", "The \"callback\" argument must be of type function. Received type string ('code')"],
    ),
    (
        "nothing is no callback",
        "fail(() => setInterval())",
        ["TypeError", 'The "callback" argument must be of type function. Received undefined'],
    ),
    (
        "the error has Node's code",
        "(() => { try { setImmediate(null) } catch (e) { return e.code } })()",
        "ERR_INVALID_ARG_TYPE",
    ),
    ("a symbol is no delay", "fail(() => setTimeout(() => {}, Symbol())).slice(0, 1)", ["TypeError"]),
]


@pytest.mark.parametrize(("name", "expression", "expected"), OBJECTS, ids=[case[0] for case in OBJECTS])
def test_timer_objects_are_nodes(value_of: Any, name: str, expression: str, expected: Any) -> None:
    assert value_of(expression) == expected


def test_the_clock_moves_when_a_timer_fires_and_not_before(value_of: Any) -> None:
    moved = value_of("""(async () => {
        const start = Date.now();
        for (let i = 0; i < 100000; i++);
        const still = Date.now() - start;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return [still, Date.now() - start >= 20];
    })()""")
    assert moved == [0, True]


def test_each_arming_is_one_host_operation(run_js: Any) -> None:
    ran = run_js("""module.exports = async () => {
        await new Promise((resolve) => {
            let n = 0;
            const t = setInterval(() => { if (++n === 3) { clearInterval(t); resolve() } }, 1);
        });
        await new Promise((resolve) => setTimeout(resolve, 1));
    }""")
    assert ran.usage.host_operations == 4


def test_what_is_done_at_once_does_not_count(run_js: Any) -> None:
    source = "module.exports = async () => { for (let i = 0; i < 200; i++) await new Promise(setImmediate) }"
    ran = run_js(source, limits=Limits(host_operations=1))
    assert (ran.error, ran.usage.host_operations) == (None, 0)


def test_who_does_things_at_once_without_end_is_stopped_by_its_cpu_time(run_js: Any) -> None:
    source = "module.exports = () => new Promise(() => { (function again() { setImmediate(again) })() })"
    assert run_js(source, limits=Limits(cpu_ms=50)).error.code == "cpu_limit"


def test_what_the_top_level_wants_done_at_once_is_done_in_each_run(run_js: Any) -> None:
    ran = run_js("const ready = new Promise((done) => setImmediate(done, 'ready')); module.exports = () => ready")
    assert (ran.error, ran.output) == (None, "ready")


def test_a_timer_cleared_in_the_same_turn_never_reaches_the_host(run_js: Any) -> None:
    ran = run_js("module.exports = () => { for (let i = 0; i < 5000; i++) clearTimeout(setTimeout(() => {}, 1)) }")
    assert (ran.error, ran.usage.host_operations) == (None, 0)


def test_outstanding_timers_do_not_hold_up_the_end(run_js: Any) -> None:
    ran = run_js(
        "module.exports = () => { setInterval(() => console.log('no'), 1); setTimeout(() => {}, 19000); return 'done' }"
    )
    assert (ran.output, ran.lines) == ("done", [])


def test_an_exception_in_a_callback_fails_the_run(run_js: Any) -> None:
    ran = run_js(
        "module.exports = () => new Promise(() => {\n  setTimeout(function tick() { throw RangeError('late') }, 1)\n})"
    )
    assert (ran.error.code, ran.error.name, ran.error.message) == ("action_error", "RangeError", "late")
    assert "at tick (action.js:2" in ran.error.stack


def test_a_timer_of_the_top_level_fires_in_each_run(run_js: Any) -> None:
    ran = run_js(
        "const ready = new Promise((resolve) => setTimeout(resolve, 1, 'ready')); module.exports = () => ready"
    )
    assert (ran.error, ran.output) == (None, "ready")


def test_more_timers_than_the_limit_end_the_run(run_js: Any) -> None:
    source = (
        "module.exports = async () => { for (let i = 0; i < 6; i++) await new Promise((done) => setTimeout(done, 1)) }"
    )
    assert run_js(source, limits=Limits(host_operations=5)).error.code == "host_operation_limit"


def test_a_flood_of_timers_in_one_turn_ends_the_run_and_cannot_be_caught(run_js: Any) -> None:
    ran = run_js(
        "module.exports = () => { try { for (;;) setTimeout(() => {}, 1) } "
        "catch { return 'caught' } finally { console.log('on') } }"
    )
    assert (ran.error.code, ran.output, ran.lines) == ("host_operation_limit", None, [])


def test_a_handler_that_waits_for_nothing_never_settles(run_js: Any) -> None:
    assert run_js("module.exports = () => new Promise(() => {})").error.code == "never_settled"


def test_the_class_of_timers_checks_what_it_is_given(value_of: Any) -> None:
    """It is reachable through `constructor`, and a delay is written into a message."""
    made = value_of("""(() => {
        const Timeout = setTimeout(() => {}, 1).constructor;
        const timer = new Timeout(() => {}, [], '1},"kind":"evil","args":{');
        return [fail(() => new Timeout('code', [], 1))[0], fail(() => Timeout())[0], timer.hasRef()];
    })()""")
    assert made == ["TypeError", "TypeError", True]
