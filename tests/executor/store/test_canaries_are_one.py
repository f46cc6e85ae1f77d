"""Canaries of several triggers as one: no series of trials, promotions, ways back and weights leaves a user with a
part of a change.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from release_machine import ReleaseMachine, run

from interlock.executor.service import choosing
from interlock.executor.store import arrivals, canaries, releases, releasing
from interlock.executor.store.arrivals import Place
from interlock.executor.store.release_plans import Wanted

TRIGGERS = ("post-login", "pre-user-registration", "credentials-exchange")
USERS = [{"user": {"user_id": f"auth0|{number}"}} for number in range(12)]


class Canaries(ReleaseMachine):
    """One tenant, three triggers with an action each; the third runs nothing at first. `stable` and `tried` have the
    number of its version by trigger (0: no action), `tried` what the one canary that is on runs there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.actions: dict[str, str] = {}
        self.stable = dict.fromkeys(TRIGGERS[:2], 1)
        self.tried: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self.in_transaction(self._begin)

    async def _begin(self, transaction: Any) -> None:
        for trigger in TRIGGERS:
            self.actions[trigger] = await self.written(transaction, trigger, trigger)
        built = [await self._built(transaction, trigger) for trigger in TRIGGERS[:2]]
        wanted = [self._wanted(trigger) for trigger in TRIGGERS[:2]]
        await releasing.put_in_force(transaction, self.tenant, "apply", built, wanted, created_by="k")

    async def _built(self, transaction: Any, trigger: str) -> str:
        version = await self.build(transaction, self.actions[trigger])
        self.numbers[trigger] = version.number
        return version.id

    def _wanted(self, trigger: str) -> Wanted:
        return Wanted(trigger, places=[releasing.Place(self.actions[trigger])])

    @precondition(lambda self: not self.tried)
    @rule(triggers=st.sets(st.sampled_from(TRIGGERS), min_size=1), weight=st.integers(1, 10_000))
    def try_a_change(self, triggers: set[str], weight: int) -> None:
        if not any(trigger in self.stable for trigger in triggers):
            return

        async def work(transaction: Any) -> None:
            built = [await self._built(transaction, trigger) for trigger in sorted(triggers)]
            wanted = [self._wanted(trigger) for trigger in sorted(triggers)]
            trial = releasing.Trial(weight)
            await releasing.put_in_force(transaction, self.tenant, "apply", built, wanted, created_by="k", trial=trial)

        self.in_transaction(work)
        self.stable = {**dict.fromkeys(triggers, 0), **self.stable}
        self.tried = {trigger: self.numbers[trigger] for trigger in triggers}

    @precondition(lambda self: self.tried)
    @rule(data=st.data(), weight=st.integers(1, 10_000))
    def change_its_weight_anywhere(self, data: st.DataObject, weight: int) -> None:
        trigger = data.draw(st.sampled_from(sorted(self.tried)))

        async def work(transaction: Any) -> None:
            canary = await canaries.get(transaction, self.tenant, trigger, "")
            await canaries.change(transaction, canary, weight=weight)

        self.in_transaction(work)

    @precondition(lambda self: self.tried)
    @rule(data=st.data(), promoted=st.booleans())
    def end_it_anywhere(self, data: st.DataObject, promoted: bool) -> None:
        place = (self.tenant, data.draw(st.sampled_from(sorted(self.tried))), "")
        end = releasing.promote if promoted else releasing.drop
        self.in_transaction(lambda transaction: end(transaction, *place, created_by="k"))
        if promoted:
            self.stable |= self.tried
        self.tried = {}

    @rule(data=st.data())
    def roll_a_trigger_back(self, data: st.DataObject) -> None:
        trigger = data.draw(st.sampled_from(TRIGGERS[:2]))
        place = (self.tenant, trigger, "")
        self.in_transaction(lambda transaction: releasing.roll_back(transaction, *place, 1, created_by="k"))
        self.stable[trigger] = 1
        if trigger in self.tried:
            self.tried = {}

    @rule()
    def roll_back_to_the_first_change(self) -> None:
        self.in_transaction(lambda transaction: releasing.roll_back_change(transaction, self.tenant, 1, created_by="k"))
        self.stable = {trigger: int(trigger in TRIGGERS[:2]) for trigger in self.stable}
        # What began it began after that change.
        self.tried = {}

    @invariant()
    def every_user_has_the_whole_change_or_nothing_of_it(self) -> None:
        places = [Place(self.tenant, trigger, "") for trigger in TRIGGERS]

        async def work(transaction: Any) -> None:
            found = (await self.database.look(lambda reader: arrivals.look(reader, (), places))).pointers
            assert {place.trigger for place in found} == {*self.stable}
            assert {place.trigger for place, pointer in found.items() if pointer.canary_id} == {*self.tried}
            ones = {(p.canary_change, p.canary_weight) for p in found.values() if p.canary_id}
            assert len(ones) == bool(self.tried)
            running: dict[str, int] = {}
            for event in USERS:
                on = set()
                for place, pointer in found.items():
                    chosen = choosing.chosen(pointer, event)
                    if chosen.release_id not in running:
                        release = await releases.get(transaction, *place, chosen.number)
                        running[chosen.release_id] = release.entries[0].version_number if release.entries else 0
                    if place.trigger in self.tried:
                        on.add(chosen.release_id == pointer.canary_id)
                    tried = place.trigger in self.tried and chosen.release_id == pointer.canary_id
                    expected = (self.tried if tried else self.stable)[place.trigger]
                    assert running[chosen.release_id] == expected
                assert len(on) <= 1

        self.in_transaction(work)


def test_a_canary_of_several_triggers_is_one(url: str) -> None:
    run(Canaries, url, steps=16, few=(4, 10))
