"""`Intl` under hostile input, and what it costs who does not use it. What it shows is in as_in_node/intl-*.js."""

import asyncio
from typing import Any

import pytest

from interlock.sandbox import Limits, Sandbox


def test_an_action_that_mentions_none_of_it_has_none_of_it_in_its_image(sandbox: Sandbox) -> None:
    async def pages(source: str) -> int:
        return (await sandbox.load(source, filename="action.js", limits=Limits())).pages.count

    plain = asyncio.run(pages("module.exports = () => [1, 'b']"))
    assert asyncio.run(pages("module.exports = () => [1, 'i18n locale']")) < plain + 10
    assert asyncio.run(pages("module.exports = () => (1).toLocaleString('de')")) > plain + 40


def test_a_method_is_found_by_its_name_in_quotes_as_well(value_of: Any) -> None:
    assert value_of("(1234.5)['toLocaleString']('de')") == "1.234,5"


def test_the_default_is_american_english_in_universal_time(value_of: Any) -> None:
    assert value_of("Intl.DateTimeFormat().resolvedOptions()") == {
        "locale": "en-US",
        "calendar": "gregory",
        "numberingSystem": "latn",
        "timeZone": "UTC",
        "year": "numeric",
        "month": "numeric",
        "day": "numeric",
    }


def test_a_bundle_that_mentions_it_has_it_as_well(run_js: Any) -> None:
    source = f"module.exports = () => ('{'x' * 120_000}', new Intl.NumberFormat('de').format(1234.5))"
    assert run_js(source, limits=Limits(source_bytes=200_000)).output == "1.234,5"


@pytest.mark.parametrize(
    "locale",
    ["'a'.repeat(1e6)", "'en-' + 'x-'.repeat(5e5)", "'en-u-' + 'ca-'.repeat(3e5)", "'\\u0000'", "'en-\\ud800'"],
)
@pytest.mark.parametrize("made", ["new Intl.DateTimeFormat(l)", "(1).toLocaleString(l)", "'a'.localeCompare('b', l)"])
def test_a_monstrous_locale_is_refused(value_of: Any, locale: str, made: str) -> None:
    assert value_of(f"fail(() => {{ const l = {locale}; {made} }})")[0] == "RangeError"


@pytest.mark.parametrize(
    "options",
    [
        "new Proxy({}, { get() { throw new Error('mine') } })",
        "{ get timeZone() { throw new Error('mine') } }",
        "{ timeZone: { toString() { throw new Error('mine') } } }",
    ],
)
def test_what_an_option_throws_reaches_the_caller(value_of: Any, options: str) -> None:
    assert value_of(f"fail(() => new Intl.DateTimeFormat('en', {options}))") == ["Error", "mine"]


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "../../etc/passwd", "en\\u0000"])
def test_names_of_something_else_are_no_time_zone_and_no_locale(value_of: Any, name: str) -> None:
    assert value_of(f"fail(() => new Intl.DateTimeFormat('en', {{ timeZone: '{name}' }}))")[0] == "RangeError"
    assert value_of(f"fail(() => new Intl.DisplayNames('en', {{ type: 'region' }}).of('{name}'))")[0] == "RangeError"
    assert value_of(f"fail(() => Intl.supportedValuesOf('{name}'))")[0] == "RangeError"


def test_dates_and_numbers_at_their_ends(value_of: Any) -> None:
    assert value_of(
        "[8.64e15, -8.64e15].map(d => new Date(d).toLocaleString('fa', { timeZone: '+14:00' }).length > 5)"
    ) == [
        True,
        True,
    ]
    assert value_of("(1e308).toLocaleString('en', { style: 'percent' }).length") == 415
    assert value_of("('9'.repeat(9000)).length + new Intl.NumberFormat().format('9'.repeat(9000)).length") == 20_999
    assert value_of("new Intl.NumberFormat().format('9'.repeat(20000))") == "∞"
    assert value_of("new Intl.NumberFormat().format('1e100000')") == "∞"


def test_thousands_of_formatters_end_at_the_limit_of_time(run_js: Any) -> None:
    ran = run_js("module.exports = () => { for (;;) new Intl.DateTimeFormat('de', { dateStyle: 'full' }) }")
    assert ran.error.code == "cpu_limit"


def test_formatters_that_are_kept_end_at_the_limit_of_memory(run_js: Any) -> None:
    ran = run_js(
        "const { NumberFormat } = Intl;"
        "module.exports = () => { const all = []; for (;;) all.push(new NumberFormat('de'), new Array(1e4).fill(0)) }",
        limits=Limits(cpu_ms=10_000),
    )
    assert ran.error.code == "memory_limit"


def test_a_walk_through_every_locale_stays_within_memory(run_js: Any) -> None:
    ran = run_js(
        """module.exports = () => {
            const letters = [...'abcdefghijklmnopqrstuvwxyz'];
            let found = 0;
            for (const a of letters) for (const b of letters) {
                const [known] = Intl.NumberFormat.supportedLocalesOf(a + b);
                if (known) found += new Intl.NumberFormat(known).format(0).length > 0;
            }
            return found > 100;
        }""",
        limits=Limits(cpu_ms=10_000),
    )
    assert ran.error is None
    assert ran.output is True
    assert ran.usage.memory_bytes < 32 << 20


def test_an_order_of_large_texts_ends_at_the_limit_of_time(run_js: Any) -> None:
    ran = run_js("module.exports = () => 'ä'.repeat(5e6).localeCompare('ä'.repeat(5e6) + 'b')")
    assert ran.error.code in {"cpu_limit", "memory_limit"}


def test_what_tenant_code_replaced_does_not_reach_the_host(value_of: Any) -> None:
    script = """(() => {
        Object.prototype.get = () => 'x';
        Array.prototype.map = () => { throw new Error('replaced') };
        const seen = fail(() => new Intl.DateTimeFormat('en').format(0));
        return seen[0] === 'Error' || seen[0] === 'nothing was thrown' || seen[0] === 'TypeError';
    })()"""
    assert value_of(script) is True
