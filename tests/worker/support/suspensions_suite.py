"""The suite that every `Suspensions` passes: what `interlock.worker.ports` says of it.

A test of an implementation inherits from it and gives an empty one, which knows the tenants `acme` and `other`, and a
way to promise what is suspended to an execution.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from interlock.worker.errors import NotResumable
from interlock.worker.ports import Suspension, Suspensions

Promise = Callable[[str, str, str], Awaitable[None]]
CONTENT = b'{"hunter22":"\\u0000\\ud800"}'


def suspension(**changes: Any) -> Suspension:
    waits = Suspension("acme", "exe_1", "post-login", "", "rel_1", 7, b"digest", 4_000_000_000_000, CONTENT)
    return replace(waits, **changes)


class SuspensionsSuite:
    async def test_who_was_promised_it_goes_on_with_it(self, suspensions: Suspensions, promise: Promise) -> None:
        await suspensions.keep(suspension())
        await promise("acme", "exe_1", "exe_2")
        assert await suspensions.begin("acme", "exe_1", by="exe_2", release="rel_1") == CONTENT

    async def test_it_is_begun_once(self, suspensions: Suspensions, promise: Promise) -> None:
        await suspensions.keep(suspension())
        await promise("acme", "exe_1", "exe_2")

        async def begin() -> bytes | None:
            try:
                return await suspensions.begin("acme", "exe_1", by="exe_2", release="rel_1")
            except NotResumable:
                return None

        found = await asyncio.gather(*(begin() for _ in range(5)))
        assert sorted(found, key=str) == sorted([CONTENT, None, None, None, None], key=str)

    @pytest.mark.parametrize(
        ("tenant", "execution", "by", "release"),
        [
            ("acme", "exe_1", "exe_3", "rel_1"),
            ("acme", "exe_1", "exe_2", "rel_2"),
            ("acme", "exe_9", "exe_2", "rel_1"),
            ("other", "exe_1", "exe_2", "rel_1"),
        ],
    )
    async def test_nobody_else_goes_on_with_it(
        self, suspensions: Suspensions, promise: Promise, tenant: str, execution: str, by: str, release: str
    ) -> None:
        await suspensions.keep(suspension())
        await promise("acme", "exe_1", "exe_2")
        with pytest.raises(NotResumable):
            await suspensions.begin(tenant, execution, by=by, release=release)
        assert await suspensions.begin("acme", "exe_1", by="exe_2", release="rel_1") == CONTENT

    async def test_without_a_promise_nobody_does(self, suspensions: Suspensions) -> None:
        await suspensions.keep(suspension())
        with pytest.raises(NotResumable):
            await suspensions.begin("acme", "exe_1", by="exe_2", release="rel_1")

    async def test_a_later_attempts_takes_the_place_of_an_earlier_ones(
        self, suspensions: Suspensions, promise: Promise
    ) -> None:
        await suspensions.keep(suspension())
        await suspensions.keep(suspension(digest=b"another", content=b"{}"))
        await promise("acme", "exe_1", "exe_2")
        assert await suspensions.begin("acme", "exe_1", by="exe_2", release="rel_1") == b"{}"

    def test_what_it_holds_does_not_show(self) -> None:
        assert "hunter22" not in repr(suspension())
