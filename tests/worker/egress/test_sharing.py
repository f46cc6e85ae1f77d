"""Many tenants in one process: none uses up what is everybody's, and what is kept for all of them is bounded."""

import asyncio
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.egress import limits
from interlock.worker.egress.egress import MOST_TENANTS
from interlock.worker.egress.sharing import CONTEXT_WEIGHT, Kept
from interlock.worker.egress.tls import Contexts, TlsSettings
from loopback import Authority, Opens, Refuses, Serves
from speaking import Http1, Http2, answer, http2, silent


async def test_the_idle_connections_of_many_tenants_are_few(opened: Opens, serve: Serves) -> None:
    port = await serve(Http1(lambda _: answer(b"ok")))
    async with opened(connections=20, idle_connections=10) as network:
        for number in range(60):
            async with network.run(tenant=f"tenant-{number}") as guest:
                assert (await guest.fetch(f"http://a.test:{port}/"))["status"] == 200
        assert network.egress.shared.taken == len(network.egress.shared.idle) == 10
        # Whoever came last finds its connection again, and the first does not.
        assert not network.egress.pool("tenant-59").empty
        assert network.egress.pool("tenant-0").empty


async def test_idle_connections_of_others_give_way_when_the_process_is_full(
    opened: Opens, serve: Serves, authority: Authority, refusal: Refuses
) -> None:
    async def respond(connection: Http2, number: int, _: dict[bytes, bytes]) -> None:
        await connection.say(number)

    plain, quiet = await serve(Http1(lambda _: answer(b"ok"))), await serve(silent())
    two = await serve(http2(respond), authority.issue("a.test").server(alpn=["h2"]))
    async with opened(connections=2) as network, network.run(tenant="other") as guest:
        async with network.run(tenant="acme") as first:
            await first.fetch(f"http://a.test:{plain}/")
            await first.fetch(f"https://a.test:{two}/")
        for _ in range(2):
            await guest.connect(quiet)
        assert network.egress.pool("acme").empty
        with refusal("too_many_connections"):
            await guest.connect(quiet)
        async with network.run(tenant="acme") as again:
            with refusal("too_many_connections"):
                await again.fetch(f"http://a.test:{plain}/")
            await guest("socket.close", socket=1)
            assert (await again.fetch(f"http://a.test:{plain}/"))["status"] == 200
    assert network.egress.shared.taken == 0


async def test_one_tenant_never_has_all_connections_of_a_process(
    opened: Opens, serve: Serves, refusal: Refuses
) -> None:
    port, bounds = await serve(silent()), limits.fitting(24)
    share = bounds.connections_per_tenant
    async with (
        opened(connections=bounds.connections, connections_per_tenant=share) as network,
        network.run(tenant="greedy") as greedy,
        network.run(tenant="acme") as guest,
    ):
        await asyncio.gather(*(greedy.connect(port) for _ in range(share)))
        with refusal("too_many_connections"):
            await greedy.connect(port)
        await guest.connect(port)


@given(st.integers(1, 1 << 30))
def test_the_limits_fit_the_files_of_the_process(files: int) -> None:
    bounds = limits.fitting(files)
    assert bounds.connections <= files
    assert bounds.connections_per_tenant <= max(1, bounds.connections // limits.SHARE)
    assert bounds.idle_connections <= bounds.connections


def test_without_a_limit_of_files_the_limits_are_the_ordinary_ones() -> None:
    assert limits.fitting(resource.RLIM_INFINITY) == limits.fitting(1 << 20) == limits.DEFAULT


async def test_of_ten_thousand_tenants_a_process_remembers_a_thousand(opened: Opens) -> None:
    async with opened() as network:
        for number in range(10_000):
            network.egress.pool(f"tenant-{number}")
            network.egress.over()
        assert len(network.egress._pools) == MOST_TENANTS


@pytest.mark.parametrize("most", [2, 100])
async def test_contexts_of_all_tenants_are_bounded_by_what_they_were_made_of(most: int, authority: Authority) -> None:
    settings = TlsSettings(ca=authority.pem)
    kept = Kept(most * (CONTEXT_WEIGHT + len(authority.pem)))
    tenants = [Contexts(common=Contexts(), kept=kept) for _ in range(4)]
    made = [await tenant.get(settings) for tenant in tenants]
    assert len(kept) == min(most, 4)
    # The last is there still; the first was let go of, and is made anew when there was no room for it.
    assert await tenants[-1].get(settings) is made[-1]
    assert (await tenants[0].get(settings) is made[0]) == (most == 100)
    for tenant in tenants:
        await tenant.close()
    assert len(kept) == 0
