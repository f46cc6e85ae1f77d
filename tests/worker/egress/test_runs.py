"""Actions in the sandbox, by way of the runner, on real servers: what a flow gives them and what becomes of it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog

from interlock.sandbox import Limits, Prelude, Sandbox
from interlock.worker import Action, SandboxRunner, preludes, run_flow, simulated_event, triggers
from interlock.worker.egress import Policy
from interlock.worker.egress.performing import Network as FlowNetwork
from loopback import Network, Serves
from speaking import Http1, answer, silent

ASKING = Prelude(
    "asking", "(function (host, runtime) { globalThis.ask = (kind, args) => runtime.operation(kind, args); })"
)
FETCH = """
const fetched = (url) => ask('fetch.start',
  { method: 'GET', url, headers: [], body: null, streams: false, redirect: 'follow', decompress: true });
"""


@pytest.fixture(scope="module")
def asking() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=[*preludes(), ASKING]) as opened:
        yield opened


async def flow(sandbox: Sandbox, network: FlowNetwork | None, body: str, **limits: Any) -> Any:
    trigger = triggers.BUILT_IN.get("post-login")
    source = f"{FETCH}exports.onExecutePostLogin = async (event, api) => {{ {body} }};"
    runner = SandboxRunner(sandbox, limits=Limits(**limits), network=network)
    return await run_flow(trigger, simulated_event(trigger), [Action("greet", source, "greet.js")], runner)


def of_flow(network: Network, policy: Any = None) -> FlowNetwork:
    return FlowNetwork(network.egress, "acme", Policy.parse({"private": ["*.test"]} if policy is None else policy))


async def test_an_action_gets_its_answer(network: Network, asking: Sandbox, serve: Serves) -> None:
    port = await serve(Http1(lambda _: answer(b"ok")))
    result = await flow(
        asking,
        of_flow(network),
        f"const got = await fetched('http://a.test:{port}/'); api.idToken.setCustomClaim('got', got.body)",
    )
    assert (result.status, result.actions[0].error) == ("completed", None)
    assert result.actions[0].commands[0].args == ("got", "b2s=")
    assert result.actions[0].usage.host_operations == 1


async def test_a_refusal_is_an_error_of_the_action_that_says_what_to_allow(network: Network, asking: Sandbox) -> None:
    result = await flow(asking, of_flow(network, {}), "await fetched('http://a.test:8080/')")
    error = result.actions[0].error
    assert "--allow a.test:8080" in error.message
    code = "try { await fetched('http://a.test:8080/') } catch (e) { console.log(e.code) }"
    assert (await flow(asking, of_flow(network, {}), code)).actions[0].logs[0].message == "egress_denied"


async def test_an_action_is_held_to_what_its_own_policy_leaves(network: Network, asking: Sandbox) -> None:
    policy = {"private": ["*.test"], "actions": {"greet": {"deny": ["a.test"]}}}
    result = await flow(asking, of_flow(network, policy), "await fetched('http://a.test:8080/')")
    assert "a.test is denied" in result.actions[0].error.message


async def test_without_a_network_it_says_so(asking: Sandbox) -> None:
    code = "try { await fetched('http://a.test/') } catch (e) { console.log(e.code) }"
    assert (await flow(asking, None, code)).actions[0].logs[0].message == "egress_unavailable"


async def test_a_silent_server_ends_with_the_runs_wall_limit_and_leaves_nothing(
    network: Network, asking: Sandbox, serve: Serves
) -> None:
    port = await serve(silent())
    result = await flow(asking, of_flow(network), f"await fetched('http://a.test:{port}/')", wall_ms=100)
    assert result.actions[0].error.code == "wall_limit"
    assert "fetch.start" in result.actions[0].error.message
    assert network.egress.pool("acme").empty


async def test_a_flow_that_is_cancelled_leaves_nothing(network: Network, asking: Sandbox, serve: Serves) -> None:
    connected = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()

    port = await serve(handler)
    running = asyncio.create_task(flow(asking, of_flow(network), f"await fetched('http://a.test:{port}/')"))
    await connected.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert network.egress.pool("acme").empty


async def test_an_action_that_keeps_quiet_about_a_refusal_has_it_among_its_lines_once(
    network: Network, asking: Sandbox
) -> None:
    code = "for (const _ of [1, 2]) await fetched('http://a.test:8080/').catch(() => {}); console.log('done');"
    lines = (await flow(asking, of_flow(network, {}), code)).actions[0].logs
    assert [(line.level, line.message.partition(";")[0]) for line in lines] == [
        ("log", "done"),
        ("warn", "Refused: a.test:8080 leads to an address that is not public: Loopback (RFC 1122)"),
    ]


@pytest.mark.parametrize("says", ["console.error(error.message)", "throw error"])
async def test_an_action_that_says_it_itself_is_not_told_again(says: str, network: Network, asking: Sandbox) -> None:
    code = f"try {{ await fetched('http://a.test:8080/') }} catch (error) {{ {says} }}"
    [action] = (await flow(asking, of_flow(network, {}), code)).actions
    assert len(action.logs) + bool(action.error) == 1


async def test_the_lines_about_refusals_are_few(network: Network, asking: Sandbox) -> None:
    code = "for (let port = 1000; port < 1090; port++) await fetched(`http://a.test:${port}/`).catch(() => {});"
    assert len((await flow(asking, of_flow(network, {}), code)).actions[0].logs) == 20


async def test_a_refusal_in_the_operators_log_names_the_execution(network: Network, asking: Sandbox) -> None:
    of_one = replace(of_flow(network, {}), execution="exe_1")
    with structlog.testing.capture_logs() as logged:
        await flow(asking, of_one, "await fetched('http://a.test:8080/').catch(() => {});")
    assert [(line["event"], line["execution"], line["port"]) for line in logged] == [("egress_denied", "exe_1", 8080)]
