"""Event, EventTarget and the kinds of events: the same as in Node, and what a listener throws fails the run."""

from typing import Any


def test_error_and_progress_events_carry_their_details(value_of: Any) -> None:
    assert value_of("""(() => {
        const e = new ErrorEvent('error', { message: 'm', filename: 'f', lineno: 3, colno: -1, error: 5 });
        const p = new ProgressEvent('p', { lengthComputable: 1, loaded: 2, total: 3 });
        return [e.message, e.filename, e.lineno, e.colno, e.error, p.lengthComputable, p.loaded, p.total];
    })()""") == ["m", "f", 3, 2**32 - 1, 5, True, 2, 3]


def test_a_rejection_event_names_its_promise(value_of: Any) -> None:
    assert value_of(
        "(() => { const p = Promise.resolve(); const e = new PromiseRejectionEvent('r', { promise: p, reason: 5 }); "
        "return [e.promise === p, e.reason, fail(() => new PromiseRejectionEvent('r', {}))[0]] })()"
    ) == [True, 5, "TypeError"]


def test_what_a_listener_throws_fails_the_run_after_the_others_were_called(run_js: Any) -> None:
    ran = run_js("""module.exports = () => {
        const target = new EventTarget();
        target.addEventListener('a', () => { throw new RangeError('from a listener') });
        target.addEventListener('a', () => console.log('the next one'));
        target.dispatchEvent(new Event('a'));
        console.log('after');
    }""")
    assert ran.lines == ["the next one", "after"]
    assert (ran.error.name, ran.error.message) == ("RangeError", "from a listener")


def test_what_an_async_listener_throws_fails_the_run(run_js: Any) -> None:
    ran = run_js("""module.exports = async () => {
        const target = new EventTarget();
        target.addEventListener('a', async () => { throw new RangeError('from an async listener') });
        target.dispatchEvent(new Event('a'));
        await null;
    }""")
    assert ran.error.message == "from an async listener"


def test_report_error_fails_the_run_and_returns(run_js: Any) -> None:
    ran = run_js("module.exports = () => { reportError(new TypeError('reported')); console.log('went on') }")
    assert (ran.lines, ran.error.name, ran.error.message) == (["went on"], "TypeError", "reported")


def test_an_event_shows_on_the_console_what_it_is(console_of: Any) -> None:
    assert console_of("console.log(new EventTarget(), new AbortController())") == (
        "EventTarget {} AbortController { signal: AbortSignal { aborted: false } }"
    )
    assert console_of("console.log(new Event('x'))") == (
        "Event { type: 'x', defaultPrevented: false, cancelable: false, timeStamp: 1 }"
    )


def test_time_stamps_are_since_the_origin_of_performance(value_of: Any) -> None:
    assert value_of(
        "(() => { const early = new Event('x'); void performance.now(); const e = new Event('x'); return "
        "[early.timeStamp, e.timeStamp >= 0 && e.timeStamp <= performance.now()] })()"
    ) == [1, True]
