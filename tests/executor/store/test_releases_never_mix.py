"""Any series of deploys, binds, canaries, rollbacks and deletions, against a model of what each release has to be, and
of what events run.
"""

import asyncio
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from release_machine import ReleaseMachine, run

from interlock.executor import errors
from interlock.executor.service import choosing
from interlock.executor.store import actions, arrivals, bindings, releases, releasing
from interlock.executor.store.arrivals import Place
from interlock.executor.store.releases import Release

Content = tuple[tuple[tuple[str, str], ...], int]


class Releases(ReleaseMachine):
    """One trigger. `model` holds what each release has to be, from number 1 on; `current` and `canary` are the numbers
    in force (0: none); `changes` holds which was in force after each change, and `touched` the last change that made a
    release or put one in force.
    """

    def __init__(self) -> None:
        super().__init__()
        self.here = (self.tenant, "post-login", "")
        self.living: list[str] = []
        self.built: dict[str, list[str]] = {}
        self.deployed: dict[str, str] = {}
        self.model: list[Content] = []
        self.current = self.canary = self.touched = 0
        self.changes = [0]

    @initialize()
    def begin_with_two_that_run(self) -> None:
        """A series from nothing would be half over before there is something to go back to."""
        for _ in range(2):
            self.write_an_action()
            for _ in range(2):
                self._build(self.living[-1])
        chosen = {action_id: built[0] for action_id, built in self.built.items()}
        self.in_transaction(self._deploying(chosen))
        self.deployed |= chosen
        places = [releasing.Place(action_id) for action_id in chosen]
        self.in_transaction(lambda transaction: releasing.bind(transaction, *self.here, places, created_by="k"))
        self._now((tuple(chosen.items()), 0))

    @precondition(lambda self: len(self.living) < 4)
    @rule()
    def write_an_action(self) -> None:
        name = f"a{len(self.built)}"
        action_id = self.in_transaction(lambda transaction: self.written(transaction, name, self.here[1]))
        self.living.append(action_id)
        self.built[action_id] = []

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def build_a_version(self, data: st.DataObject) -> None:
        self._build(data.draw(st.sampled_from(self.living)))

    def _build(self, action_id: str) -> None:
        version = self.in_transaction(lambda transaction: self.build(transaction, action_id))
        assert version.number == len(self.built[action_id]) + 1
        self.built[action_id].append(version.id)

    @precondition(lambda self: self._deployable() and not self.canary)
    @rule(data=st.data())
    def deploy(self, data: st.DataObject) -> None:
        chosen = self._chosen(data)
        made = self.in_transaction(self._deploying(chosen))
        self._note_deploy(chosen, made)

    @precondition(lambda self: self._deployable() and not self.canary)
    @rule(data=st.data())
    def deploy_twice_at_once(self, data: st.DataObject) -> None:
        both = [self._chosen(data), self._chosen(data)]

        async def race() -> list[tuple[Release, ...]]:
            return list(await asyncio.gather(*(self._in_transaction(self._deploying(chosen)) for chosen in both)))

        made = self.runner.run(race())
        # Their numbers tell who was first. Who touched nothing that is bound made none, and may have been either.
        turns = sorted(zip(both, made, strict=True), key=lambda turn: [release.number for release in turn[1]])
        for chosen, releases_made in turns:
            self._note_deploy(chosen, releases_made)
        self._read_what_is_deployed()

    @precondition(lambda self: self.deployed and not self.canary)
    @rule(data=st.data())
    def bind(self, data: st.DataObject) -> None:
        order = data.draw(st.lists(st.sampled_from(sorted(self.deployed)), unique=True))
        running, limits = dict(self._running()[0]), self._running()[1]
        places = [releasing.Place(action_id) for action_id in order]
        self.in_transaction(lambda transaction: releasing.bind(transaction, *self.here, places, created_by="k"))
        entries = tuple((action_id, running.get(action_id, self.deployed[action_id])) for action_id in order)
        self._now((entries, limits))

    @precondition(lambda self: self.model and not self.canary)
    @rule(wall_ms=st.integers(1, 9))
    def set_policy(self, wall_ms: int) -> None:
        self.in_transaction(
            lambda transaction: releasing.set_policy(
                transaction, *self.here, limits={"wall_ms": wall_ms}, created_by="k"
            )
        )
        self._now((self._running()[0], wall_ms))

    @precondition(lambda self: self._restorable())
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self._restorable()))
        self.in_transaction(lambda transaction: releasing.roll_back(transaction, *self.here, number, created_by="k"))
        self._now(self.model[number - 1])
        self.deployed |= dict(self.model[-1][0])

    @precondition(lambda self: self._restorable_changes())
    @rule(data=st.data())
    def roll_back_to_a_change(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self._restorable_changes()))
        target = self.changes[number]
        wanted = self.model[target - 1] if target else ((), self._running()[1])
        change, made = self.in_transaction(
            lambda transaction: releasing.roll_back_change(transaction, self.here[0], number, created_by="k")
        )
        assert change.number == len(self.changes)
        if self.touched > number and (self.canary or wanted != self._running()):
            assert len(made) == 1
            self._now(wanted)
            self.deployed |= dict(wanted[0])
        else:
            assert made == ()
            self.changes.append(self.current)

    @precondition(lambda self: self.current and self._deployable() and not self.canary)
    @rule(data=st.data(), weight=st.integers(1, 10_000))
    def try_a_change(self, data: st.DataObject, weight: int) -> None:
        chosen, trial = self._chosen(data), releasing.Trial(weight)
        made = self.in_transaction(
            lambda transaction: releasing.deploy(
                transaction, self.here[0], [*chosen.values()], created_by="k", trial=trial
            )
        )
        entries, limits = self._running()
        if {*dict(entries)}.isdisjoint(chosen):
            assert made == ()
            self.deployed |= chosen
            return
        self.deployed |= {action: chosen[action] for action in chosen if action not in dict(entries)}
        self.model.append((tuple((action, chosen.get(action, version)) for action, version in entries), limits))
        self.canary = len(self.model)
        self.changes.append(self.current)
        self.touched = len(self.changes) - 1

    @precondition(lambda self: self._restorable() and self.current and not self.canary)
    @rule(data=st.data())
    def try_an_older_release(self, data: st.DataObject) -> None:
        number, trial = data.draw(st.sampled_from(self._restorable())), releasing.Trial(500)
        self.in_transaction(
            lambda transaction: releasing.try_again(transaction, *self.here, number, trial, created_by="k")
        )
        self.model.append(self.model[number - 1])
        self.canary = len(self.model)
        self.changes.append(self.current)
        self.touched = len(self.changes) - 1

    @precondition(lambda self: self.canary)
    @rule()
    def promote(self) -> None:
        self.in_transaction(lambda transaction: releasing.promote(transaction, *self.here, created_by="k"))
        self.current, self.canary = self.canary, 0
        self.deployed |= dict(self._running()[0])
        self.changes.append(self.current)
        self.touched = len(self.changes) - 1

    @precondition(lambda self: self.canary)
    @rule()
    def drop(self) -> None:
        self.in_transaction(lambda transaction: releasing.drop(transaction, *self.here, created_by="k"))
        self.canary = 0
        self.changes.append(self.current)

    @precondition(lambda self: self.canary)
    @rule()
    def nothing_else_is_put_in_force_beside_a_canary(self) -> None:
        for work in (
            lambda transaction: releasing.bind(transaction, *self.here, [], created_by="k"),
            lambda transaction: releasing.set_policy(transaction, *self.here, limits={}, created_by="k"),
        ):
            with pytest.raises(errors.Conflict) as refused:
                self.in_transaction(work)
            assert refused.value.code == "canary_on"

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def delete_an_action(self, data: st.DataObject) -> None:
        action_id = data.draw(st.sampled_from(self.living))
        self.in_transaction(
            lambda transaction: releasing.delete_action(
                transaction, self.here[0], action_id, created_by="k", force=True
            )
        )
        self.living.remove(action_id)
        self.deployed.pop(action_id, None)
        entries, limits = self._running()
        if self.canary and action_id in dict(self.model[self.canary - 1][0]):
            self.canary = 0
        if action_id in dict(entries):
            self._now((tuple(entry for entry in entries if entry[0] != action_id), limits))

    @invariant()
    def every_release_is_what_it_was_and_the_newest_is_current(self) -> None:
        async def work(transaction: Any) -> None:
            history = await releases.history(transaction, *self.here, per_page=100)
            assert [header.number for header in history.items] == list(range(len(self.model), 0, -1))
            for number, expected in enumerate(self.model, 1):
                assert _content(await releases.get(transaction, *self.here, number)) == expected
            if self.current:
                current = await releases.current(transaction, *self.here)
                assert current.number == self.current
                bound = await bindings.of_trigger(transaction, *self.here)
                assert [binding.action_id for binding in bound] == [entry.action_id for entry in current.entries]

        self.in_transaction(work)

    @invariant()
    def an_event_runs_one_release_whole_and_says_which(self) -> None:
        place = Place(*self.here)

        async def work(transaction: Any) -> None:
            found = await self.database.look(lambda reader: arrivals.look(reader, (), [place]))
            pointer = found.pointers.get(place)
            assert (pointer.number, pointer.canary_number) if pointer else (self.current, self.canary) == (0, 0)
            if pointer is None:
                return
            for event in ({"user": {"user_id": "ada"}}, {"user": {"user_id": "bob"}}, {}):
                chosen = choosing.chosen(pointer, event)
                rows = await releases.to_run(transaction, self.here[0], chosen.release_id)
                assert {row.number for row in rows} == {chosen.number}
                assert chosen.number in {self.current, self.canary}
                entries, _ = self.model[chosen.number - 1]
                assert [row.action_id for row in rows if row.action_id] == [action for action, _ in entries]

        self.in_transaction(work)

    def _running(self) -> Content:
        return self.model[self.current - 1] if self.current else ((), 0)

    def _now(self, content: Content) -> None:
        """A release was made and is in force; no canary stays beside a new one."""
        self.model.append(content)
        self.current, self.canary = len(self.model), 0
        self.changes.append(self.current)
        self.touched = len(self.changes) - 1

    def _restorable_changes(self) -> list[int]:
        if not self.current:
            return []
        living = set(self._restorable())
        return [number for number, at in enumerate(self.changes) if not at or at in living]

    def _deployable(self) -> list[str]:
        return [action_id for action_id in self.living if self.built[action_id]]

    def _restorable(self) -> list[int]:
        return [n for n, (entries, _) in enumerate(self.model, 1) if {*dict(entries)} <= {*self.living}]

    def _chosen(self, data: st.DataObject) -> dict[str, str]:
        picked = data.draw(st.lists(st.sampled_from(self._deployable()), unique=True, min_size=1))
        return {action_id: data.draw(st.sampled_from(self.built[action_id])) for action_id in picked}

    def _deploying(self, chosen: dict[str, str]) -> Any:
        return lambda transaction: releasing.deploy(transaction, self.here[0], [*chosen.values()], created_by="k")

    def _note_deploy(self, chosen: dict[str, str], made: tuple[Release, ...]) -> None:
        self.deployed |= chosen
        running, limits = dict(self._running()[0]), self._running()[1]
        if running.keys().isdisjoint(chosen):
            assert made == ()
            return
        entries = tuple((action_id, chosen.get(action_id, version)) for action_id, version in running.items())
        assert [release.number for release in made] == [len(self.model) + 1]
        self._now((entries, limits))

    def _read_what_is_deployed(self) -> None:
        """Of two at once that bound nothing, only the database knows which was last."""

        async def work(transaction: Any) -> None:
            for action_id in self.deployed:
                found = (await actions.get(transaction, self.here[0], action_id)).deployed_version_id
                assert found in self.built[action_id]
                self.deployed[action_id] = found

        self.in_transaction(work)


def test_releases_are_never_a_mix(url: str) -> None:
    run(Releases, url, steps=24, few=(5, 16))


def _content(release: Release) -> Content:
    return (
        tuple((entry.action_id, entry.version_id) for entry in release.entries),
        release.header.limits.get("wall_ms", 0),
    )
