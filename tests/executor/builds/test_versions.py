"""Deploying: what a caller gets, one at a time, numbered without gaps, and with Redis away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.builds import sweep
from interlock.executor.errors import Conflict, NotAllowed, NotFound
from interlock.executor.service.actors import Actor
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, audit, opened, releases, releasing
from interlock.executor.store.database import utc_now
from interlock.worker.errors import Unavailable
from interlock.worker.queue import BuildMessage, BuildOutcome, Dispatcher
from talking import Talking

Start = Callable[..., Awaitable[Talking]]


@pytest.fixture
async def away(builds: Any, tmp_path: Path) -> AsyncIterator[Dispatcher[BuildMessage, BuildOutcome]]:
    """A dispatcher that finds no Redis."""
    async with Dispatcher.open(f"unix://{tmp_path / 'nothing'}", builds) as opened_dispatcher:
        yield opened_dispatcher


async def test_a_deploy_that_waits_answers_with_the_version_in_force(
    start_builder: Start, versions: Versions, actor: Actor, make: Any
) -> None:
    await start_builder()
    action = await make.action()
    shown = await versions.deploy(actor, "acme", "roles", wait_ms=30_000)
    assert (shown.version.status, shown.version.number, shown.deployed) == ("built", 1, True)
    assert await versions.get(actor, "acme", action, 1) == shown


async def test_a_deploy_that_fails_answers_with_its_errors(
    start_builder: Start, versions: Versions, actor: Actor, make: Any
) -> None:
    await start_builder()
    shown = await versions.deploy(actor, "acme", await make.action("const ;"), wait_ms=30_000)
    assert (shown.version.status, shown.version.errors[0]["id"], shown.deployed) == ("failed", "syntax_error", False)


async def test_a_version_that_is_only_built_is_not_in_force_until_it_is_deployed(
    start_builder: Start, versions: Versions, actor: Actor, make: Any
) -> None:
    await start_builder()
    action = await make.action()
    made = await versions.create(actor, "acme", action)
    await make.until_final(made.version)
    assert not (await versions.get(actor, "acme", action, 1)).deployed
    assert (await versions.deploy_again(actor, "acme", action, 1)).deployed
    assert (await versions.get(actor, "acme", action, 1)).deployed


async def test_without_a_builder_a_deploy_is_on_its_way_when_the_wait_ends(
    versions: Versions, actor: Actor, make: Any
) -> None:
    shown = await versions.deploy(actor, "acme", await make.action(), wait_ms=50)
    assert (shown.version.status, shown.deployed) == ("pending", False)


async def test_of_twenty_deploys_at_once_one_wins_and_the_others_name_it(
    start_builder: Start, versions: Versions, actor: Actor, make: Any, database: Database
) -> None:
    action = await make.action()
    answers = await asyncio.gather(*(versions.deploy(actor, "acme", action) for _ in range(20)), return_exceptions=True)
    [won] = [answer for answer in answers if not isinstance(answer, BaseException)]
    lost = [answer for answer in answers if isinstance(answer, Conflict)]
    assert len(lost) == 19
    assert {error.code for error in lost} == {"deploy_in_progress"}
    assert all("version 1 " in error.message for error in lost)
    await start_builder()
    assert (await make.until_final(won.version)).status == "built"
    async with database.reading() as transaction:
        assert (await audit.page(transaction, "acme")).total == 2


async def test_deploys_of_many_actions_at_once_make_releases_numbered_without_gaps(
    start_builder: Start, versions: Versions, actor: Actor, make: Any, database: Database
) -> None:
    ids = [await make.action(name=f"a{index}") for index in range(8)]
    await start_builder()
    await start_builder()
    await asyncio.gather(*(versions.deploy(actor, "acme", action, wait_ms=30_000) for action in ids))
    await make.bound(ids[0])
    await _bind_all(database, ids)
    shown = await asyncio.gather(*(versions.deploy(actor, "acme", action, wait_ms=30_000) for action in ids))
    assert all(each.deployed for each in shown)
    async with database.reading() as transaction:
        history = await releases.history(transaction, "acme", "post-login", "", per_page=100)
        current = await releases.current(transaction, "acme", "post-login", "")
    assert [header.number for header in history.items] == list(range(10, 0, -1))
    assert [entry.version_number for entry in current.entries] == [2] * 8


async def test_an_older_version_is_put_in_force_again_and_not_while_a_newer_one_comes(
    start_builder: Start, versions: Versions, actor: Actor, make: Any, database: Database
) -> None:
    builder = await start_builder()
    action = await make.action()
    for _ in range(2):
        await versions.deploy(actor, "acme", action, wait_ms=30_000)
    await make.bound(action)
    await versions.deploy_again(actor, "acme", action, 1)
    async with database.reading() as transaction:
        release = await releases.current(transaction, "acme", "post-login", "")
    assert (release.number, release.header.reason, release.entries[0].version_number) == (2, "deploy", 1)
    assert await builder.stop() == 0
    await versions.deploy(actor, "acme", action)
    with pytest.raises(Conflict) as refused:
        await versions.deploy_again(actor, "acme", action, 2)
    assert refused.value.code == "deploy_in_progress"


async def test_a_version_that_is_not_built_cannot_be_put_in_force(
    start_builder: Start, versions: Versions, actor: Actor, make: Any
) -> None:
    await start_builder()
    action = await make.action("throw 1")
    await versions.deploy(actor, "acme", action, wait_ms=30_000)
    with pytest.raises(Conflict) as refused:
        await versions.deploy_again(actor, "acme", action, 1)
    assert refused.value.code == "not_built"
    with pytest.raises(NotFound):
        await versions.deploy_again(actor, "acme", action, 2)


async def test_with_redis_away_the_version_is_kept_and_the_sweep_builds_and_deploys_it(
    start_builder: Start, actor: Actor, make: Any, url: str, away: Any, dispatcher: Any, database: Database
) -> None:
    action = await make.action()
    for wait_ms in (0, 30_000):
        with pytest.raises(Unavailable, match=r"Version \d is kept, and will be built and deployed") as told:
            await Versions(database, away).deploy(actor, "acme", action, wait_ms=wait_ms)
        assert told.value.code == "unavailable"
        with pytest.raises(Unavailable):
            await _sweep_later(url, away)
        assert await _sweep_later(url, dispatcher) == 1
        # It has a job now.
        assert await _sweep_later(url, dispatcher) == 0
        builder = await start_builder()
        shown = await Versions(database, dispatcher).page(actor, "acme", action)
        assert (await make.until_final(shown.items[0].version)).status == "built"
        assert await builder.stop() == 0
        assert (await Versions(database, dispatcher).page(actor, "acme", action)).items[0].deployed


async def test_the_sweep_leaves_alone_what_was_asked_for_just_now(
    make: Any, database: Database, dispatcher: Any
) -> None:
    await make.version(await make.action())
    assert await sweep(database, dispatcher) == 0


async def test_the_sweep_finds_more_than_a_page(make: Any, url: str, dispatcher: Any) -> None:
    action = await make.action()
    for _ in range(103):
        await make.version(action)
    assert await _sweep_later(url, dispatcher) == 103


async def test_what_no_builder_came_for_within_a_day_is_given_up(
    make: Any, url: str, dispatcher: Any, versions: Versions, actor: Actor
) -> None:
    action = await make.action()
    asked = await versions.deploy(actor, "acme", action)
    assert await _sweep_later(url, dispatcher, timedelta(hours=25)) == 1
    row = await make.row(asked.version)
    assert (row.status, row.errors[0]["id"]) == ("failed", "deadline_passed")
    assert (await versions.deploy(actor, "acme", action)).version.number == 2


async def test_who_may_not_change_actions_deploys_nothing(versions: Versions, make: Any, actor: Actor) -> None:
    action = await make.action()
    reader = Actor("key_2", "acme", frozenset({"actions:read"}))
    stranger = Actor("key_3", "other", frozenset())
    for who in (reader, stranger):
        for call in (versions.create, versions.deploy):
            with pytest.raises(NotAllowed):
                await call(who, "acme", action)
        with pytest.raises(NotAllowed):
            await versions.deploy_again(who, "acme", action, 1)
    with pytest.raises(NotAllowed):
        await versions.page(stranger, "acme", action)
    with pytest.raises(NotAllowed):
        await versions.get(stranger, "acme", action, 1)
    assert (await versions.page(reader, "acme", action)).total == 0


async def _bind_all(database: Database, ids: list[str]) -> None:
    async with database.writing() as transaction:
        places = [releasing.Place(action) for action in ids]
        await releasing.bind(transaction, "acme", "post-login", "", places, created_by="key_1")


async def _sweep_later(url: str, dispatcher: Any, later: timedelta = timedelta(seconds=6)) -> int:
    """Sweep as one does whose clock has gone on."""
    async with opened(url, lambda: utc_now() + later) as database:
        return await sweep(database, dispatcher)
