"""Turns of builds that start programs."""

import asyncio

from interlock.executor.builds.turns import Turns


async def test_a_tenant_with_many_builds_leaves_room_for_the_others() -> None:
    turns, inside, done = Turns(everybody=3, one_tenant=2), list[str](), asyncio.Event()

    async def build(tenant: str) -> None:
        async with turns.of(tenant):
            inside.append(tenant)
            await done.wait()

    building = [asyncio.create_task(build(tenant)) for tenant in ["many"] * 10 + ["one", "two"]]
    for _ in range(10):
        await asyncio.sleep(0)
    assert sorted(inside) == ["many", "many", "one"]
    done.set()
    await asyncio.gather(*building)
    assert len(inside) == 12


async def test_a_turn_that_is_cancelled_is_given_back() -> None:
    turns = Turns(everybody=1, one_tenant=1)
    for _ in range(3):
        async with turns.of("acme"):
            waiting = asyncio.create_task(turns.of("acme").__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
    free = False
    async with asyncio.timeout(1), turns.of("other"):
        free = True
    assert free
