"""Deploy, bind, rollback: each makes a new release, and the pointer moves with it."""

import asyncio
from typing import Any

import pytest

from interlock.executor import errors
from interlock.executor.store import Database, actions, bindings, releases, releasing, versions
from interlock.executor.store.releases import Release
from interlock.executor.store.releasing import Place

HERE = ("acme", "post-login", "")
BY = "key_1"


def _versions(release: Release) -> list[tuple[str, int]]:
    return [(entry.action_name, entry.version_number) for entry in release.entries]


@pytest.fixture
async def bound(database: Database, make: Any) -> dict[str, str]:
    """Actions a and b, deployed in version 1 and bound in this order by release 1."""
    made = {name: await make.deployed(name) for name in ("a", "b")}
    async with database.writing() as transaction:
        await releasing.bind(transaction, *HERE, [Place(made["a"]), Place(made["b"], "second")], created_by=BY)
    return made


async def test_binding_makes_the_first_release(database: Database, bound: dict[str, str]) -> None:
    async with database.reading() as transaction:
        release = await releases.current(transaction, *HERE)
        places = await bindings.of_trigger(transaction, *HERE)
    assert (release.number, release.header.reason, release.header.created_by) == (1, "bind", BY)
    assert _versions(release) == [("a", 1), ("b", 1)]
    assert [(place.id, place.display_name) for place in places] == [
        (entry.binding_id, entry.display_name) for entry in release.entries
    ]
    assert [entry.display_name for entry in release.entries] == ["a", "second"]


async def test_several_actions_are_deployed_at_once(database: Database, make: Any, bound: dict[str, str]) -> None:
    new = [await make.version(action) for action in bound.values()]
    async with database.writing() as transaction:
        (release,) = await releasing.deploy(transaction, "acme", [version.id for version in new], created_by=BY)
    assert (release.number, _versions(release)) == (2, [("a", 2), ("b", 2)])


async def test_a_rollback_is_a_new_release_equal_to_the_old(
    database: Database, make: Any, bound: dict[str, str]
) -> None:
    async with database.writing() as transaction:
        first = await releasing.set_policy(transaction, *HERE, limits={"wall_ms": 1}, created_by=BY)
    version = await make.version(bound["a"])
    async with database.writing() as transaction:
        await releasing.deploy(transaction, "acme", [version.id], created_by=BY)
        await releasing.bind(transaction, *HERE, [Place(bound["a"])], created_by=BY)
        await releasing.set_policy(transaction, *HERE, limits={}, egress={"allow": ["a.b"]}, created_by=BY)
        back = await releasing.roll_back(transaction, *HERE, first.number, created_by=BY)
        assert await releases.current(transaction, *HERE) == back
        assert (await actions.get(transaction, "acme", bound["a"])).deployed_version_id == first.entries[0].version_id
        history = await releases.history(transaction, *HERE)
    assert (back.number, back.header.restores, back.entries) == (6, 2, first.entries)
    assert (back.header.limits, back.header.egress) == (first.header.limits, first.header.egress)
    assert [header.reason for header in history.items] == ["rollback", "policy", "bind", "deploy", "policy", "bind"]


async def test_what_a_rollback_took_back_stays_so_when_another_action_is_bound(
    database: Database, make: Any, bound: dict[str, str]
) -> None:
    version, third = await make.version(bound["a"]), await make.deployed("c")
    async with database.writing() as transaction:
        await releasing.deploy(transaction, "acme", [version.id], created_by=BY)
        await releasing.roll_back(transaction, *HERE, 1, created_by=BY)
        release = await releasing.bind(transaction, *HERE, [Place(third), Place(bound["a"])], created_by=BY)
    assert _versions(release) == [("c", 1), ("a", 1)]


async def test_the_difference_of_two_releases_says_all_that_changed(
    database: Database, make: Any, bound: dict[str, str]
) -> None:
    version, third = await make.version(bound["a"]), await make.deployed("c")
    async with database.writing() as transaction:
        old = await releases.current(transaction, *HERE)
        await releasing.deploy(transaction, "acme", [version.id], created_by=BY)
        await releasing.set_policy(transaction, *HERE, egress={"allow": ["x"]}, created_by=BY)
        new = await releasing.bind(transaction, *HERE, [Place(third), Place(bound["a"])], created_by=BY)
        swapped = await releasing.bind(transaction, *HERE, [Place(bound["a"]), Place(third)], created_by=BY)
    found = releases.difference(old, new)
    assert [entry.action_name for entry in found.added] == ["c"]
    assert [entry.action_name for entry in found.removed] == ["b"]
    assert [(before.version_number, after.version_number) for before, after in found.changed] == [(1, 2)]
    assert (found.reordered, found.limits, found.egress) == (False, None, ({}, {"allow": ["x"]}))
    assert releases.difference(new, swapped).reordered
    assert releases.difference(new, new) == releases.Difference((), (), (), reordered=False, limits=None, egress=None)


async def test_an_action_that_is_bound_is_deleted_only_by_force(database: Database, bound: dict[str, str]) -> None:
    with pytest.raises(errors.Conflict) as refused:
        async with database.writing() as transaction:
            await releasing.delete_action(transaction, "acme", bound["a"], created_by=BY)
    assert refused.value.code == "action_bound"
    async with database.writing() as transaction:
        (release,) = await releasing.delete_action(transaction, "acme", bound["a"], created_by=BY, force=True)
        assert _versions(release) == [("b", 1)]
        # The past still says what ran.
        assert _versions(await releases.get(transaction, *HERE, 1)) == [("a", 1), ("b", 1)]
        with pytest.raises(errors.Conflict) as refused:
            await releasing.roll_back(transaction, *HERE, 1, created_by=BY)
    assert refused.value.code == "action_deleted"


async def test_entities_have_releases_of_their_own(database: Database, make: Any) -> None:
    action = await make.deployed("a")
    async with database.writing() as transaction:
        for entity in ("one", "two"):
            await releasing.bind(transaction, "acme", "post-login", entity, [Place(action)], created_by=BY)
    version = await make.version(action)
    async with database.writing() as transaction:
        made = await releasing.deploy(transaction, "acme", [version.id], created_by=BY)
        assert [(release.header.entity, release.number) for release in made] == [("one", 2), ("two", 2)]
        with pytest.raises(errors.NotFound):
            await releases.current(transaction, "acme", "post-login", "")


async def test_what_cannot_be_bound_is_refused_with_a_reason(database: Database, make: Any) -> None:
    good, draft = await make.deployed("good"), await make.action("draft")
    other = await make.action("other", trigger="custom-phone-provider")
    for places, code in (
        ([good, good], "bound_twice"),
        ([draft], "not_deployed"),
        ([other], "wrong_trigger"),
        (["act_unknown"], "not_found"),
    ):
        with pytest.raises(errors.StoreError) as refused:
            async with database.writing() as transaction:
                await releasing.bind(transaction, *HERE, [Place(action) for action in places], created_by=BY)
        assert refused.value.code == code


async def test_what_cannot_be_deployed_is_refused_with_a_reason(database: Database, make: Any) -> None:
    action = await make.action("a")
    built = [(await make.version(action)).id for _ in range(2)]
    async with database.writing() as transaction:
        pending = await versions.create(transaction, "acme", action)
    for chosen, code in (([pending.id], "not_built"), (built, "deployed_twice"), (["ver_unknown"], "not_found")):
        with pytest.raises(errors.StoreError) as refused:
            async with database.writing() as transaction:
                await releasing.deploy(transaction, "acme", chosen, created_by=BY)
        assert refused.value.code == code


async def test_who_expected_another_release_is_told_of_the_conflict(database: Database, bound: dict[str, str]) -> None:
    for expected in (0, 2):
        with pytest.raises(errors.Conflict) as refused:
            async with database.writing() as transaction:
                await releasing.bind(transaction, *HERE, [], created_by=BY, expected_number=expected)
        assert refused.value.code == "release_changed"
    async with database.writing() as transaction:
        empty = await releasing.bind(transaction, *HERE, [], created_by=BY, expected_number=1)
    assert (empty.number, empty.entries) == (2, ())


async def test_deploys_at_once_each_get_a_number_and_none_is_a_mix(
    database: Database, make: Any, bound: dict[str, str]
) -> None:
    pairs = [[(await make.version(action)).id for action in bound.values()] for _ in range(5)]

    async def deploy(pair: list[str]) -> int:
        async with database.writing() as transaction:
            (release,) = await releasing.deploy(transaction, "acme", pair, created_by=BY)
        return release.number

    numbers = await asyncio.gather(*(deploy(pair) for pair in pairs))
    assert sorted(numbers) == [2, 3, 4, 5, 6]
    async with database.reading() as transaction:
        for number, pair in zip(numbers, pairs, strict=True):
            release = await releases.get(transaction, *HERE, number)
            assert [entry.version_id for entry in release.entries] == pair
        assert (await releases.current(transaction, *HERE)).number == 6


async def test_of_two_that_expect_the_same_release_one_wins(database: Database, bound: dict[str, str]) -> None:
    async def change(wall_ms: int) -> str:
        try:
            async with database.writing() as transaction:
                await releasing.set_policy(
                    transaction, *HERE, limits={"wall_ms": wall_ms}, created_by=BY, expected_number=1
                )
        except errors.Conflict as conflict:
            return conflict.code
        return "won"

    assert sorted(await asyncio.gather(*(change(index) for index in range(4)))) == [*["release_changed"] * 3, "won"]
    async with database.reading() as transaction:
        assert (await releases.current(transaction, *HERE)).number == 2


async def test_a_reader_sees_the_old_release_or_the_new_one_whole(
    database: Database, make: Any, bound: dict[str, str]
) -> None:
    pairs = [[(await make.version(action)).id for action in bound.values()] for _ in range(4)]
    done = asyncio.Event()

    async def deploy() -> None:
        for pair in pairs:
            async with database.writing() as transaction:
                await releasing.deploy(transaction, "acme", pair, created_by=BY)
        done.set()

    async def read() -> None:
        while not done.is_set():
            async with database.reading() as transaction:
                release = await releases.current(transaction, *HERE)
            assert len({entry.version_number for entry in release.entries}) == 1
            assert release.entries[0].version_number == release.number

    await asyncio.gather(deploy(), read(), read())
