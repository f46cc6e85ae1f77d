"""The folder of builds: room, order, leftovers."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from interlock.executor.errors import BuildUnavailable
from interlock.executor.packages.cache import PackageCache


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def publish(cache: PackageCache, key: str, size: int, files: int = 0) -> None:
    with cache.work() as folder:
        made = folder / "made"
        (made / "node_modules").mkdir(parents=True)
        cache.publish(key, made, {"bytes": size, "files": files})


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, clock: Clock) -> None:
    cache = PackageCache(tmp_path / "builds", 100, clock)
    for key in ("a", "b", "c"):
        publish(cache, key, 40)
        clock.now += 10_000
    # All three were more than there is room for: the first one went.
    assert [key for key in "abc" if cache.find(key)] == ["b", "c"]
    clock.now += 10_000
    assert cache.find("b")
    clock.now += 10_000
    publish(cache, "d", 40)
    assert [key for key in "abcd" if cache.find(key)] == ["b", "d"]


def test_empty_files_take_room_too(tmp_path: Path, clock: Clock) -> None:
    cache = PackageCache(tmp_path / "builds", 1_000_000, clock)
    for key in ("a", "b", "c"):
        publish(cache, key, 0, files=100)
        clock.now += 10_000
    assert [key for key in "abc" if cache.find(key)] == ["b", "c"]


def test_what_may_be_in_use_stays(tmp_path: Path, clock: Clock) -> None:
    cache = PackageCache(tmp_path / "builds", 100, clock)
    for key in ("a", "b", "c"):
        publish(cache, key, 90)
    assert [key for key in "abc" if cache.find(key)] == ["a", "b", "c"]


def test_folders_of_builds_that_were_killed_are_removed(tmp_path: Path, clock: Clock) -> None:
    cache = PackageCache(tmp_path / "builds", 100, clock)
    left = tmp_path / "builds" / "work" / "left"
    left.mkdir(parents=True)
    os.utime(left, (clock.now - 5_000, clock.now - 5_000))
    publish(cache, "a", 1)
    assert not left.exists()


def test_what_was_chosen_is_remembered_for_an_hour(tmp_path: Path, clock: Clock) -> None:
    cache = PackageCache(tmp_path / "builds", 100, clock)
    assert cache.remembered("a") is None
    cache.remember("a", "text")
    clock.now += 3_599
    assert cache.remembered("a") == "text"
    clock.now += 2
    assert cache.remembered("a") is None
    cache.remember("b", "text")
    assert [path.name for path in (tmp_path / "builds" / "chosen").iterdir()] == ["b"]


def test_who_comes_second_finds_what_the_first_one_made(tmp_path: Path) -> None:
    cache = PackageCache(tmp_path / "builds", 100)
    publish(cache, "a", 1)
    publish(cache, "a", 2)
    kept = cache.find("a")
    assert kept is not None
    assert kept.facts["bytes"] == 1


async def test_the_same_is_made_by_one_at_a_time(tmp_path: Path) -> None:
    cache, inside, order = PackageCache(tmp_path / "builds", 100), asyncio.Event(), list[str]()

    async def first() -> None:
        async with cache.making("a"):
            inside.set()
            await asyncio.sleep(0)
            order.append("first")

    async def second() -> None:
        await inside.wait()
        async with cache.making("a"):
            order.append("second")

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]


async def test_no_lock_is_left_whatever_ends_the_making(tmp_path: Path) -> None:
    cache, locks = PackageCache(tmp_path / "builds", 100), tmp_path / "builds" / "locks"
    for _ in range(2):
        with contextlib.suppress(ZeroDivisionError):
            async with cache.making("a"):
                assert [path.name for path in locks.iterdir()] == ["a"]
                raise ZeroDivisionError
        assert list(locks.iterdir()) == []


async def test_a_lock_that_was_left_by_who_was_killed_goes_and_one_that_is_held_stays(tmp_path: Path) -> None:
    cache, locks = PackageCache(tmp_path / "builds", 100), tmp_path / "builds" / "locks"
    async with cache.making("held"):
        (locks / "left").touch()
        publish(cache, "other", 1)
        assert [path.name for path in locks.iterdir()] == ["held"]


async def test_many_who_make_the_same_take_turns_while_its_lock_comes_and_goes(tmp_path: Path) -> None:
    cache, inside = PackageCache(tmp_path / "builds", 100), 0

    async def make() -> None:
        nonlocal inside
        async with cache.making("a"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(make() for _ in range(5)))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BuildUnavailable) as caught, PackageCache(tmp_path / "file" / "builds", 100).work():
        pass
    assert caught.value.code == "cache_unusable"
