"""How much data actions may write: by default, and where a release allows more. In the real sandbox, as it is used."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from interlock.sandbox import Sandbox
from interlock.worker import Action, SandboxRunner, preludes, run_flow, simulated_event, triggers
from interlock.worker.data_limits import DEFAULT, DataLimits

LOGIN = triggers.BUILT_IN.get("post-login")
CACHE = "exports.onExecutePostLogin = (event, api) => {{ {before} console.log(api.cache.set({call}).code); }};"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=preludes()) as opened:
        yield opened


async def ran(sandbox: Sandbox, source: str, limits: DataLimits) -> Any:
    """What the flow logged, or the code of its error and what that says."""
    action = Action("a", source, "a.js")
    result = await run_flow(LOGIN, simulated_event(LOGIN), [action], SandboxRunner(sandbox), limits=limits)
    if result.status == "failed":
        error: Any = result.outcome["error"]
        return error["code"], error["message"]
    return [line.message for line in result.actions[0].logs]


@pytest.mark.parametrize(
    ("call", "limits", "code"),
    [
        ("api.idToken.setCustomClaim('c', 'x'.repeat(102_500))", {"claims_bytes": 110_000}, "102400 bytes"),
        (
            "for (const name of ['a', 'b']) api.idToken.setCustomClaim(name, 'x'.repeat(60_000))",
            {"claims_bytes": 130_000},
            "claims_too_large",
        ),
        ("api.user.setAppMetadata('k', 'x'.repeat(33_000))", {"user_metadata_bytes": 40_000}, "32768 bytes"),
        (
            "for (const name of ['a', 'b']) api.user.setUserMetadata(name, 'x'.repeat(20_000))",
            {"user_metadata_bytes": 50_000},
            "user_metadata_too_large",
        ),
        (
            "api.transaction.setMetadata('k'.repeat(65), 1)",
            {"transaction_metadata_key_characters": 70},
            "64 characters",
        ),
        (
            "api.transaction.setMetadata('k', 'x'.repeat(8_200))",
            {"transaction_metadata_value_bytes": 9_000},
            "8192 bytes",
        ),
        (
            "for (const name of 'abc') api.transaction.setMetadata(name, 'x'.repeat(6_000))",
            {"transaction_metadata_bytes": 20_000},
            "16384 bytes",
        ),
        ("api.prompt.render('p', { vars: { a: 'x'.repeat(25_000) } })", {"prompt_bytes": 30_000}, "24576 bytes"),
    ],
)
async def test_what_goes_beyond_fails_with_its_own_error_unless_the_release_allows_it(
    sandbox: Sandbox, call: str, limits: dict[str, int], code: str
) -> None:
    source = f"exports.onExecutePostLogin = (event, api) => {{ {call}; console.log('done'); }};"
    assert code in " ".join(await ran(sandbox, source, DEFAULT))
    assert await ran(sandbox, source, DataLimits(**limits)) == ["done"]


@pytest.mark.parametrize(
    ("before", "call", "limits", "code"),
    [
        ("", "'k'.repeat(65), 'v'", {"cache_key_bytes": 65}, "CacheKeySizeExceeded"),
        ("", "'k', 'v'.repeat(5_000)", {"cache_value_bytes": 5_000}, "CacheValueSizeExceeded"),
        (
            "for (let i = 0; i < 20; i++) api.cache.set(String(i), '');",
            "'one more', ''",
            {"cache_entries": 21},
            "CacheSizeExceeded",
        ),
        (
            "for (const key of 'ab') api.cache.set(key, 'x'.repeat(4_000));",
            "'c', 'x'.repeat(4_000)",
            {"cache_bytes": 13_000},
            "CacheSizeExceeded",
        ),
    ],
)
async def test_the_cache_answers_with_its_own_code_unless_the_release_allows_it(
    sandbox: Sandbox, before: str, call: str, limits: dict[str, int], code: str
) -> None:
    source = CACHE.format(before=before, call=call)
    assert await ran(sandbox, source, DEFAULT) == [code]
    assert await ran(sandbox, source, DataLimits(**limits)) == ["undefined"]


async def test_an_entry_is_kept_as_long_as_the_release_allows(sandbox: Sandbox) -> None:
    source = (
        "exports.onExecutePostLogin = (event, api) => {"
        " const { record } = api.cache.set('k', 'v', { ttl: 1e12 });"
        " console.log(Math.round((record.expires_at - Date.now()) / 3_600_000)); };"
    )
    assert await ran(sandbox, source, DEFAULT) == ["24"]
    assert await ran(sandbox, source, DataLimits(cache_lifetime_ms=48 * 3_600_000)) == ["48"]


def test_only_what_is_not_usual_is_told_a_guest() -> None:
    assert DEFAULT.different() == {}
    assert DataLimits(claims_bytes=200_000).different() == {"claims_bytes": 200_000}
    rules = [
        rule for trigger in triggers.BUILT_IN for method in trigger.methods.values() for rule in method.rules.values()
    ]
    assert {rule.limit for rule in rules if rule.limit} <= {limit.name for limit in fields(DataLimits)}
