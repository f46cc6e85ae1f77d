"""Flows of real code in the real sandbox, for each trigger."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from interlock.sandbox import Sandbox
from interlock.worker import (
    Action,
    FlowResult,
    SandboxRunner,
    events,
    preludes,
    run_flow,
    simulated_event,
    triggers,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=preludes()) as opened:
        yield opened


async def run(
    sandbox: Sandbox, *sources: str, trigger: str = "post-login", event: Any = None, **more: Any
) -> FlowResult:
    found = triggers.BUILT_IN.get(trigger)
    actions = [Action(f"action{number}", source, f"action{number}.js") for number, source in enumerate(sources)]
    accepted = events.parse(json.dumps(event or simulated_event(found)), found)
    return await run_flow(found, accepted.event, actions, SandboxRunner(sandbox), lookups=accepted.lookups, **more)


def login(body: str) -> str:
    return f"exports.onExecutePostLogin = async (event, api) => {{\n{body}\n}};"


def logged(result: FlowResult) -> list[str]:
    return [line.message for action in result.actions for line in action.logs]


@pytest.mark.parametrize("trigger", triggers.BUILT_IN, ids=lambda trigger: trigger.id)
async def test_an_action_of_every_trigger_reads_its_whole_event(sandbox: Sandbox, trigger: triggers.Trigger) -> None:
    source = f"exports.{trigger.handlers[0]} = (event) => console.log(JSON.stringify(event))"
    event = simulated_event(trigger)
    result = await run(sandbox, source, trigger=trigger.id, event=event)
    assert result.status == "completed"
    assert [json.loads(text) for text in logged(result)] == [event]


async def test_the_next_action_sees_metadata_and_the_outcome_has_both(sandbox: Sandbox) -> None:
    result = await run(
        sandbox,
        login("api.user.setAppMetadata('tier', 'platinum'); api.transaction.setMetadata('step', 1);"),
        login("console.log(event.user.app_metadata.tier, event.transaction.metadata.step, event.x); event.x = 1;"),
        login("console.log(event.x); api.idToken.setCustomClaim('tier', event.user.app_metadata.tier);"),
    )
    assert logged(result) == ["platinum 1 undefined", "undefined"]
    assert result.outcome == {
        "user": {"app_metadata": {"tier": "platinum"}},
        "id_token": {"claims": {"tier": "platinum"}},
        "transaction": {"metadata": {"step": 1}},
    }


async def test_the_cache_goes_from_action_to_action_but_globals_do_not(sandbox: Sandbox) -> None:
    result = await run(
        sandbox,
        login("api.cache.set('k', 'v'); globalThis.leak = 1;"),
        login("console.log(api.cache.get('k').value, typeof leak);"),
    )
    assert logged(result) == ["v undefined"]
    assert result.outcome == {}


async def test_the_rest_of_a_denying_action_runs_and_no_later_one_does(sandbox: Sandbox) -> None:
    result = await run(
        sandbox,
        login("api.access.deny('no'); console.log('still here');"),
        login("console.log('never');"),
    )
    assert result.status == "denied"
    assert logged(result) == ["still here"]


async def test_a_throwing_action_drops_everything_and_names_its_line(sandbox: Sandbox) -> None:
    result = await run(
        sandbox, login("api.accessToken.setCustomClaim('a', 1);"), login("\n\nthrow new RangeError('far');")
    )
    assert result.status == "failed"
    error: Any = result.outcome["error"]
    assert (error["action"], error["code"], error["name"], error["message"]) == (
        "action1",
        "action_error",
        "RangeError",
        "far",
    )
    assert "action1.js:4:" in error["stack"]


async def test_code_that_does_not_load_fails_the_flow(sandbox: Sandbox) -> None:
    result = await run(sandbox, "console.log('loading'); throw new Error('at the top');")
    assert result.status == "failed"
    assert result.outcome["error"]["message"] == "at the top"  # type: ignore[index, call-overload]
    assert logged(result) == ["loading"]


async def test_a_secret_reaches_the_action_and_is_masked_wherever_it_comes_out(sandbox: Sandbox) -> None:
    result = await run(
        sandbox,
        login("console.log(event.secrets); api.idToken.setCustomClaim('k', event.secrets.KEY);"),
        login("throw new Error('bad ' + event.secrets.KEY);"),
        secrets={"KEY": 'it\'s "hunter22"'},
    )
    assert logged(result) == ["{ KEY: `***` }"]
    printed = json.dumps(result.printable())
    assert "hunter22" not in printed
    assert "bad ***" in printed


@pytest.mark.parametrize(
    "secret", ["pa!ss ~wo'rd(1)*", "p@ss/word?&=+$,#;:1", "hunter22\u00e9!", "ctl\x01a\x1bb\x7f", ' ab"c\\d\n']
)
@pytest.mark.parametrize(
    "printed",
    [
        "k",
        "k.trim()",
        "{ k }",
        "[[k]]",
        "new Error(k)",
        "JSON.stringify({ k })",
        "JSON.stringify({ body: JSON.stringify({ k }) })",
        "{ body: JSON.stringify({ k }) }",
        "encodeURIComponent(k)",
        "encodeURI(k)",
        "new URLSearchParams({ k }).toString()",
        "btoa('someone:' + k)",
        "Buffer.from('someone:' + k).toString('base64')",
    ],
)
async def test_a_secret_is_masked_in_every_way_that_javascript_prints_it(
    sandbox: Sandbox, secret: str, printed: str
) -> None:
    body = f"const k = event.secrets.KEY; console.log({printed});"
    [line] = logged(await run(sandbox, login(body), secrets={"KEY": secret}))
    assert "***" in line
    assert secret.strip()[:4] not in line


async def test_an_event_of_the_largest_size_runs(sandbox: Sandbox) -> None:
    event = {**simulated_event(triggers.BUILT_IN.get("event-stream")), "padding": ""}
    room = events.EVENT_BYTES - len(json.dumps(event))
    result = await run(
        sandbox,
        "exports.onExecuteEventStream = (event) => console.log(event.padding.length)",
        trigger="event-stream",
        event={**event, "padding": "x" * room},
    )
    assert logged(result) == [str(room)]


async def test_the_wall_time_of_the_flow_ends_a_waiting_action(sandbox: Sandbox) -> None:
    wait = login("await new Promise((resolve) => setTimeout(resolve, 60_000));")
    result = await run(sandbox, wait, wall_ms=50)
    assert result.status == "failed"
    assert result.outcome["error"]["code"] == "wall_limit"  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    "tampering",
    [
        "Array.prototype.push = Object.defineProperty = JSON.stringify = () => { throw new Error('mine') };",
        "Object.prototype.toJSON = () => ({ forged: true }); Array.prototype.toJSON = () => [];",
        "Object.defineProperty(Object.prototype, 'method', { get: () => 'api.access.deny', set() {} });",
    ],
)
async def test_an_action_that_tampers_with_built_ins_still_records_only_what_it_called(
    sandbox: Sandbox, tampering: str
) -> None:
    result = await run(sandbox, login(f"{tampering}\napi.idToken.setCustomClaim('a', 1);"))
    assert result.status == "completed"
    assert result.outcome == {"id_token": {"claims": {"a": 1}}}
