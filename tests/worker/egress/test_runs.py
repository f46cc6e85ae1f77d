"""Actions in the sandbox, by way of the runner, on real servers: what a flow gives them and what becomes of it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

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
    trigger = triggers.get("post-login")
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
