"""What the first who chooses has chosen, through a real server."""

import asyncio

from interlock.executor.embedded import Valkey
from interlock.worker.queue.choices import Choices


async def test_who_is_first_chooses_for_all_that_come_after(server: Valkey) -> None:
    async with Choices.open(server.url) as one, Choices.open(server.url) as other:
        assert await one.first(("acme", 3, "txn"), True) is True
        assert await other.first(("acme", 3, "txn"), False) is True
        for about in (("acme", 4, "txn"), ("other", 3, "txn"), ("acme", 3, "txn\ud800")):
            assert await other.first(about, False) is False
            assert await one.first(about, True) is False
        # Of many at once one is first.
        race = [choices.first(("acme", 3, "race"), mine) for choices, mine in ((one, True), (other, False)) * 20]
        assert len(set(await asyncio.gather(*race))) == 1


async def test_while_redis_is_away_everybody_chooses_alone() -> None:
    async with Choices.open("redis://127.0.0.1:1") as choices:
        assert [await choices.first(("acme", 3, "txn"), mine) for mine in (True, False)] == [True, False]
