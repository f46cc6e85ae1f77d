"""`api.cache` within one execution: what is set is there at once, and a limit is an answer, not an exception."""

import json
from collections.abc import Callable
from typing import Any

import pytest

NOW = 1_800_000_000_000
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@pytest.fixture
def answer(run_body: Callable[..., Any]) -> Callable[..., Any]:
    """The value of an expression, through JSON."""

    def evaluate(expression: str, **given: Any) -> Any:
        ran = run_body(f"console.log(JSON.stringify({expression}) ?? 'undefined')", **given)
        assert ran.error is None, ran.error
        return None if ran.console == ["undefined"] else json.loads(ran.console[0])

    return evaluate


def test_what_is_set_can_be_got_and_comes_back_with_the_output(run_body: Callable[..., Any]) -> None:
    ran = run_body("api.cache.set('key', 'value'); console.log(api.cache.get('key'), api.cache.get('other'))")
    assert ran.console == [f"{{ value: 'value', expires_at: {NOW + 15 * MINUTE} }} undefined"]
    assert ran.cache == {"key": {"value": "value", "expires_at": NOW + 15 * MINUTE}}


def test_what_an_earlier_execution_cached_can_be_got_and_deleted(run_body: Callable[..., Any]) -> None:
    cache = {"kept": {"value": "1", "expires_at": NOW + 1}, "gone": {"value": "2", "expires_at": NOW + 1}}
    ran = run_body(
        "console.log(api.cache.get('kept').value, api.cache.delete('gone'), api.cache.get('gone'))",
        state={"cache": cache},
    )
    assert ran.console == ["1 { type: 'success' } undefined"]
    assert ran.cache == {"kept": cache["kept"]}


def test_an_action_that_does_not_touch_the_cache_leaves_it(run_body: Callable[..., Any]) -> None:
    cache = {"__proto__": {"value": "\u00e9", "expires_at": NOW + 1}}
    assert run_body("", state={"cache": cache}).cache == cache


def test_what_has_expired_is_gone(run_body: Callable[..., Any]) -> None:
    cache = {"old": {"value": "1", "expires_at": NOW}}
    ran = run_body("console.log(api.cache.get('old'), api.cache.delete('old').code)", state={"cache": cache})
    assert ran.console == ["undefined CacheKeyDoesNotExist"]
    assert ran.cache == {}


@pytest.mark.parametrize(
    ("options", "lifetime"),
    [
        ("{}", 15 * MINUTE),
        ("{ttl: 1}", 1),
        ("{ttl: 90 * 86400e3}", DAY),
        (f"{{expires_at: {NOW} + 5}}", 5),
        (f"{{expires_at: {NOW} + 36e5}}", 60 * MINUTE),
        (f"{{expires_at: {NOW} + 9e9}}", DAY),
        (f"{{ttl: 7, expires_at: {NOW} + 5}}", 5),
        (f"{{ttl: 5, expires_at: {NOW} + 7}}", 5),
    ],
)
def test_the_earlier_of_ttl_and_expires_at_counts_and_no_entry_stays_beyond_a_day(
    answer: Callable[..., Any], options: str, lifetime: int
) -> None:
    record = {"value": "v", "expires_at": NOW + lifetime}
    assert answer(f"api.cache.set('k', 'v', {options})") == {"type": "success", "record": record}


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("api.cache.set('\u00e9'.repeat(33), '')", "CacheKeySizeExceeded"),
        ("api.cache.set('k', '\u00e9'.repeat(2049))", "CacheValueSizeExceeded"),
        ("api.cache.set('k', 'v', {ttl: 0})", "InvalidExpiry"),
        ("api.cache.set('k', 'v', {ttl: -1})", "InvalidExpiry"),
        ("api.cache.set('k', 'v', {expires_at: -1})", "InvalidExpiry"),
        (f"api.cache.set('k', 'v', {{expires_at: {NOW}}})", "ItemAlreadyExpired"),
        ("api.cache.delete('k')", "CacheKeyDoesNotExist"),
    ],
)
def test_what_the_cache_does_not_take_is_answered_with_a_code(answer: Callable[..., Any], call: str, code: str) -> None:
    assert answer(call) == {"type": "error", "code": code}


def test_the_largest_key_and_value_fit(answer: Callable[..., Any]) -> None:
    assert answer("api.cache.set('k'.repeat(64), 'v'.repeat(4096)).type") == "success"


def test_the_cache_holds_20_entries_and_8_kib(answer: Callable[..., Any]) -> None:
    many = "Array.from({length: 21}, (_, i) => api.cache.set('k' + i, '').code ?? 'ok')"
    assert answer(many) == ["ok"] * 20 + ["CacheSizeExceeded"]
    large = "['a', 'b', 'c'].map((key) => api.cache.set(key, key === 'c' ? '' : 'x'.repeat(4095)).code)"
    assert answer(large) == [None, None, "CacheSizeExceeded"]
    assert (
        answer("[api.cache.set('a', 'x'.repeat(4000)), api.cache.set('a', 'x'.repeat(4096))].map((r) => r.type)")
        == ["success"] * 2
    )


def test_an_execution_makes_100_changes_to_the_cache(answer: Callable[..., Any]) -> None:
    changes = "Array.from({length: 101}, () => api.cache.set('k', 'v').code).indexOf('MaxSideEffectsExceeded')"
    assert answer(changes) == 100


def test_changing_an_answer_changes_nothing_in_the_cache(answer: Callable[..., Any]) -> None:
    assert (
        answer("(api.cache.set('k', 'v').record.value = 'x', api.cache.get('k').value = 'y', api.cache.get('k').value)")
        == "v"
    )


def test_calls_are_recorded_whatever_the_answer_was(run_body: Callable[..., Any]) -> None:
    ran = run_body("api.cache.get('k'); api.cache.set('k', 'v', {ttl: -1}); api.cache.delete('k')")
    assert ran.calls == [
        ("api.cache.get", ["k"]),
        ("api.cache.set", ["k", "v", {"ttl": -1}]),
        ("api.cache.delete", ["k"]),
    ]
