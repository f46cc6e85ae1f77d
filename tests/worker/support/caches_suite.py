"""The suite that every `Caches` passes: what `interlock.worker.ports` says of it.

A test of an implementation inherits from it and gives an empty one, whose clock stands at `NOW` until `pass_ms` moves
it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from interlock.worker.data_limits import DataLimits
from interlock.worker.errors import InvalidCommand
from interlock.worker.ports import Caches

NOW = 1_800_000_000_000
MINUTE = 60_000


def entry(value: str = "v", minutes: float = 15) -> dict[str, Any]:
    return {"value": value, "expires_at": NOW + minutes * MINUTE}


class CachesSuite:
    async def test_what_was_written_is_read_until_it_expires(
        self, caches: Caches, pass_ms: Callable[[float], None]
    ) -> None:
        kept = {"a": entry("é\0\n:"), "b": entry("", 0.5)}
        await caches.write("acme", "post-login", kept)
        assert await caches.read("acme", "post-login") == kept
        pass_ms(MINUTE)
        assert await caches.read("acme", "post-login") == {"a": kept["a"]}

    async def test_tenants_and_triggers_see_nothing_of_each_other(self, caches: Caches) -> None:
        await caches.write("acme", "post-login", {"a": entry()})
        assert await caches.read("other", "post-login") == {}
        assert await caches.read("acme", "credentials-exchange") == {}

    async def test_a_change_leaves_the_other_keys_as_they_are(self, caches: Caches) -> None:
        await caches.write("acme", "post-login", {"a": entry(), "b": entry(), "c": entry()})
        await asyncio.gather(
            caches.write("acme", "post-login", {"a": None}),
            caches.write("acme", "post-login", {"b": entry("new")}),
            caches.write("acme", "post-login", {"d": entry()}),
        )
        assert await caches.read("acme", "post-login") == {"b": entry("new"), "c": entry(), "d": entry()}

    async def test_there_are_twenty_entries_at_most_whoever_writes_them(self, caches: Caches) -> None:
        writes = (caches.write("acme", "post-login", {f"k{number}": entry()}) for number in range(30))
        await asyncio.gather(*writes)
        found = await caches.read("acme", "post-login")
        assert len(found) == 20
        # A key that is there has room, and one that is deleted makes some.
        first = min(found)
        await caches.write("acme", "post-login", {first: entry("new")})
        assert (await caches.read("acme", "post-login"))[first] == entry("new")
        await caches.write("acme", "post-login", {first: None, "late": entry()})
        assert "late" in await caches.read("acme", "post-login")

    async def test_a_release_may_allow_more_of_everything(self, caches: Caches) -> None:
        limits = DataLimits(cache_entries=30, cache_bytes=20_000, cache_value_bytes=9_000, cache_key_bytes=100)
        changes: dict[str, Any] = {f"{number:0100}": entry() for number in range(29)}
        await caches.write("acme", "post-login", {**changes, "large": entry("x" * 9_000)}, limits)
        assert len(await caches.read("acme", "post-login", limits)) == 30
        await caches.write("acme", "post-login", {"more": entry()}, limits)
        assert "more" not in await caches.read("acme", "post-login", limits)
        # Who is allowed less by then finds a cache that cannot be theirs.
        assert await self._less(caches) == {}

    @staticmethod
    async def _less(caches: Caches) -> Any:
        try:
            return await caches.read("acme", "post-login")
        except InvalidCommand:
            return {}

    async def test_all_entries_together_have_eight_kilobytes_at_most(self, caches: Caches) -> None:
        large = entry("é" * 2_040)
        for key in "abc":
            await caches.write("acme", "post-login", {key: large})
        assert set(await caches.read("acme", "post-login")) == {"a", "b"}

    async def test_an_entry_that_has_no_room_for_its_new_value_is_gone(self, caches: Caches) -> None:
        await caches.write("acme", "post-login", {"a": entry("x" * 4_000), "b": entry("x" * 4_000), "c": entry("old")})
        await caches.write("acme", "post-login", {"c": entry("x" * 400)})
        assert set(await caches.read("acme", "post-login")) == {"a", "b"}

    async def test_what_expired_needs_no_room(self, caches: Caches, pass_ms: Callable[[float], None]) -> None:
        await caches.write("acme", "post-login", {f"k{number}": entry(minutes=1) for number in range(20)})
        pass_ms(2 * MINUTE)
        await caches.write("acme", "post-login", {"new": entry()})
        assert set(await caches.read("acme", "post-login")) == {"new"}
