"""AbortController and AbortSignal, with `any` and `timeout`: the same as in Node."""

from typing import Any


def test_a_timeout_longer_than_timers_can_be_does_not_fire_at_once(run_js: Any) -> None:
    ran = run_js("""module.exports = async () => {
        const signal = AbortSignal.timeout(2 ** 31);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return signal.aborted;
    }""")
    assert ran.output is False


def test_a_timeout_does_not_keep_a_run_from_ending(run_js: Any) -> None:
    ran = run_js("module.exports = async () => { AbortSignal.timeout(60_000); return 'done' }")
    assert (ran.output, ran.error) == ("done", None)
    assert ran.usage.wall_us < 10_000_000


def test_what_an_abort_listener_throws_does_not_keep_others_from_being_told(run_js: Any) -> None:
    ran = run_js("""module.exports = () => {
        const controller = new AbortController();
        controller.signal.addEventListener('abort', () => { throw new Error('mine') });
        controller.signal.addEventListener('abort', () => console.log('told'));
        controller.abort();
    }""")
    assert (ran.lines, ran.error.message) == (["told"], "mine")


def test_a_thousand_signals_that_follow_each_other_are_aborted_together(value_of: Any) -> None:
    assert (
        value_of(
            "(() => { const c = new AbortController(); let s = c.signal; for (let i = 0; i < 1000; i++) s = "
            "AbortSignal.any([s]); c.abort(1); return s.reason })()"
        )
        == 1
    )
