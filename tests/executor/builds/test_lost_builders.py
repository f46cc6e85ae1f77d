"""SIGKILL at each point of a build: it is built once, deployed once, or given up after three builders."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from interlock.executor.service.actors import Actor
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, audit, releases
from talking import Talking

Start = Callable[..., Awaitable[Talking]]


@pytest.mark.parametrize(
    ("point", "attempt"),
    [
        ("taken", 1),
        ("recorded", 2),
        ("begun", 2),
        ("loading", 2),
        ("loaded", 2),
        ("deploying", 2),
        ("acknowledging", 1),
    ],
)
async def test_a_builder_that_is_killed_is_followed_by_another_and_the_version_is_in_force_once(
    point: str, attempt: int, start_builder: Start, versions: Versions, actor: Actor, make: Any, database: Database
) -> None:
    action = await make.action()
    lost = await start_builder(point)
    asked = await versions.deploy(actor, "acme", action)
    await lost.says("at", point)
    await lost.kill()
    other = await start_builder()
    row = await make.until_final(asked.version)
    assert (row.status, row.attempt, row.bundle, row.lock) == ("built", attempt, row.code, {})
    # What is still to be acknowledged is, before it stops.
    assert await other.stop() == 0
    assert (await versions.get(actor, "acme", action, 1)).deployed
    async with database.reading() as transaction:
        deeds = await audit.page(transaction, "acme")
    assert [(deed.verb, deed.actor) for deed in deeds.items] == [("deploy", "key_1"), ("create", "key_1")]


async def test_a_version_that_takes_its_builders_down_fails_after_three(
    start_builder: Start, versions: Versions, actor: Actor, make: Any
) -> None:
    action = await make.action()
    asked = await versions.deploy(actor, "acme", action)
    for _ in range(3):
        lost = await start_builder("loading")
        await lost.says("at loading")
        await lost.kill()
    await start_builder()
    row = await make.until_final(asked.version)
    assert (row.status, row.attempt, row.errors[0]["id"]) == ("failed", 3, "worker_lost")
    assert "process down" in row.log
    assert not (await versions.get(actor, "acme", action, 1)).deployed
    # It stands in nobody's way.
    assert (await versions.deploy(actor, "acme", action, wait_ms=30_000)).deployed


async def test_a_release_never_names_a_version_whose_builder_died_while_deploying(
    start_builder: Start, versions: Versions, actor: Actor, make: Any, database: Database
) -> None:
    action = await make.action()
    builder = await start_builder()
    first = await versions.deploy(actor, "acme", action, wait_ms=30_000)
    assert first.deployed
    await make.bound(action)
    assert await builder.stop() == 0
    lost = await start_builder("deploying")
    second = await versions.deploy(actor, "acme", action)
    await lost.says("at deploying")
    await lost.kill()
    async with database.reading() as transaction:
        release = await releases.current(transaction, "acme", "post-login", "")
    assert [entry.version_id for entry in release.entries] == [first.version.id]
    assert (await make.row(second.version)).status == "building"
    await asyncio.gather(start_builder(), start_builder())
    await make.until_final(second.version)
    async with database.reading() as transaction:
        release = await releases.current(transaction, "acme", "post-login", "")
    assert (release.number, [entry.version_id for entry in release.entries]) == (2, [second.version.id])
