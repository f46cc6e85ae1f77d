"""The cache as a flow has it: read once and only when it is wanted, written key by key."""

from collections.abc import Mapping
from typing import Any

import pytest

from caches_suite import NOW, CachesSuite, entry
from interlock.worker import Action
from interlock.worker.caching import Cache, Changes, Entries
from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.memory import MemoryCaches
from interlock.worker.ports import Caches

USES = Action("uses", "api.cache.get('k')", "uses.js")
PLAIN = Action("plain", "api.access.deny()", "plain.js")


class TestMemoryCaches(CachesSuite):
    @pytest.fixture
    def clock(self) -> list[float]:
        return [NOW]

    @pytest.fixture
    def caches(self, clock: list[float]) -> Caches:
        return MemoryCaches(lambda: clock[0])

    @pytest.fixture
    def pass_ms(self, clock: list[float]) -> Any:
        return lambda ms: clock.__setitem__(0, clock[0] + ms)


class Asked:
    """Caches that remember what was asked of them."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.kept = kept
        self.read_count = 0
        self.written: list[Changes] = []

    async def read(self, _tenant: str, _trigger: str, _limits: DataLimits = DEFAULT) -> Entries:
        self.read_count += 1
        return self.kept

    async def write(self, _tenant: str, _trigger: str, changes: Changes, _limits: DataLimits = DEFAULT) -> None:
        self.written.append(changes)


async def test_a_flow_that_does_not_mention_the_cache_asks_for_nothing() -> None:
    caches = Asked({"k": entry()})
    cache = Cache(caches, "acme", "post-login")
    for _ in range(3):
        await cache.after(await cache.before(PLAIN))
    assert (caches.read_count, caches.written) == (0, [])


async def test_a_flow_reads_it_once_and_writes_only_what_is_different() -> None:
    kept = {"same": entry(), "changed": entry(), "deleted": entry(), "expired": entry(minutes=-1)}
    caches = Asked(kept)
    cache = Cache(caches, "acme", "post-login", lambda: NOW)
    assert await cache.before(PLAIN) == {}
    await cache.after({})
    assert await cache.before(USES) == kept
    left = {"same": entry(), "changed": entry("new"), "added": entry()}
    await cache.after(left)
    assert await cache.before(USES) == left
    await cache.after(left)
    assert caches.read_count == 1
    # What expired by itself was deleted by nobody.
    assert caches.written == [{"changed": entry("new"), "added": entry(), "deleted": None}]


async def test_a_write_of_an_action_that_hides_the_word_counts_too() -> None:
    caches = Asked({"k": entry()})
    cache = Cache(caches, "acme", "post-login")
    await cache.before(PLAIN)
    await cache.after({"k": entry("new")})
    assert caches.written == [{"k": entry("new")}]
