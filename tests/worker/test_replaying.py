"""An execution run again from its recording: the same, or a report of what differs."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from interlock.sandbox import Sandbox
from interlock.worker import Action, simulated_event, triggers
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.records import Records
from interlock.worker.egress.resolving import SystemResolver
from interlock.worker.errors import RecordingUnreadable
from interlock.worker.executions import Executions
from interlock.worker.images import ImageCache
from interlock.worker.memory import MemoryCaches, MemoryLookups, MemoryReleases, MemorySecrets, MemorySuspensions
from interlock.worker.ports import Edited, Release, ReplayOrder
from interlock.worker.queue import ExecutionMessage, Outcome
from interlock.worker.recordings import Recording
from interlock.worker.replaying import Replays

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# With packages they are bundled and need servers: tests/compat runs such actions again.
RECIPES = sorted(
    path.parent
    for path in EXAMPLES.glob("*/action.js")
    if not (path.parent / "package.json").exists()
    and "dependencies" not in json.loads((path.parent / "cases.json").read_text())
)
RANDOM = """
exports.onExecutePostLogin = async (event, api) => {
  await new Promise((done) => setTimeout(done, 3));
  console.log(new Date().toISOString(), event.secrets.KEY);
  api.idToken.setCustomClaim('number', Math.random());
};
"""
ASKS = """
exports.onExecutePostLogin = async (event, api) => {
  const headers = { authorization: `Bearer ${event.secrets.KEY}`, 'x-other': 'a' };
  try { await fetch('https://a.example/', { headers }); } catch (error) { console.log(error.message); }
};
"""
METADATA = """
exports.onExecutePostLogin = async (event, api) => {
  api.user.setAppMetadata('seen', crypto.randomUUID());
};
"""
READS = """
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('seen', event.user.app_metadata.seen);
};
"""
ASKS_THE_USER = """
exports.onExecutePostLogin = async (event, api) => {
  api.user.setAppMetadata('key', event.secrets.KEY + crypto.randomUUID());
  api.redirect.sendUserTo('https://consent.example/');
};
exports.onContinuePostLogin = async (event, api) => {
  console.log(event.user.app_metadata.key, event.request.ip, Math.random());
  api.idToken.setCustomClaim('from', event.request.ip);
};
"""
COUNTS = """
exports.onExecutePostLogin = async (event, api) => {
  const last = api.cache.get('logins');
  const logins = Number(last ? last.value : 0) + 1;
  api.cache.set('logins', String(logins));
  api.idToken.setCustomClaim('logins', logins);
};
"""


@dataclass
class World:
    """One sandbox, with a release whose executions are run and run again."""

    images: ImageCache
    secrets: MemorySecrets
    order: ReplayOrder | None = None
    suspensions: MemorySuspensions = field(default_factory=MemorySuspensions)
    caches: MemoryCaches = field(default_factory=MemoryCaches)
    egress: Egress | None = None

    async def get(self, tenant: str, replay: str) -> ReplayOrder:
        """Be the ReplayOrders."""
        assert (tenant, replay) == ("acme", "rep_1")
        if self.order is None:
            raise RecordingUnreadable("It is not there.")
        return self.order

    async def run(
        self, *actions: Action, trigger: str = "post-login", event: Any = None, resumes: str | None = None
    ) -> Outcome:
        """Run an execution, and order that it is run again."""
        release = Release("rel_1", "acme", trigger, "", 1, actions)
        self.releases = MemoryReleases([release])
        sandbox = self.images._sandbox
        perform = Executions(
            sandbox,
            self.images,
            releases=self.releases,
            secrets=self.secrets,
            lookups=MemoryLookups(),
            suspensions=self.suspensions,
            caches=self.caches,
            egress=self.egress,
        )
        event = event or {**simulated_event(triggers.BUILT_IN.get(trigger))}
        outcome = await perform(message(trigger, event).model_copy(update={"resumes": resumes}))
        assert outcome.recording is not None
        assert outcome.result is not None
        recorded = Recording.unpack(outcome.recording)
        self.order = ReplayOrder(
            "e1", "rel_1", trigger, event, None, recorded, outcome.secrets, json.loads(json.dumps(outcome.result))
        )
        return outcome

    async def again(self, **changes: Any) -> Any:
        """Run it again and give the report."""
        if self.order is not None:
            self.order = replace(self.order, **changes)
        sandbox = self.images._sandbox
        replays = Replays(sandbox, self.images, releases=self.releases, secrets=self.secrets, orders=self)
        perform = Executions(
            sandbox,
            self.images,
            releases=self.releases,
            secrets=self.secrets,
            lookups=MemoryLookups(),
            suspensions=self.suspensions,
            caches=self.caches,
            replays=replays,
        )
        outcome = await perform(message("post-login", {}).model_copy(update={"execution": "rep_1", "replay": True}))
        return outcome.error or outcome.result


def message(trigger: str, event: Any) -> ExecutionMessage:
    now = int(time.time() * 1_000)
    return ExecutionMessage(
        execution="e1",
        tenant="acme",
        trigger=trigger,
        release="rel_1",
        release_number=1,
        event=event,
        accepted_ms=now,
        deadline_ms=now + 60_000,
        blocking=True,
    )


def action(name: str, source: str) -> Action:
    return Action(name, source, f"{name}.js")


@pytest.fixture
async def images(api_sandbox: Sandbox) -> AsyncIterator[ImageCache]:
    async with ImageCache.open(api_sandbox) as opened:
        yield opened


@pytest.fixture
def world(images: ImageCache) -> World:
    return World(images, MemorySecrets({"acme": {"KEY": ("a-secret-value", 3)}}, {}))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
async def test_every_recipe_does_the_same_again(world: World, recipe: Path) -> None:
    cases = json.loads((recipe / "cases.json").read_text())
    world.secrets = MemorySecrets({"acme": {name: (value, 1) for name, value in cases.get("secrets", {}).items()}}, {})
    event = json.loads((recipe / "event.json").read_text())
    await world.run(action("a", (recipe / "action.js").read_text()), trigger=cases["trigger"], event=event)
    assert (await world.again())["identical"]


async def test_a_replay_has_the_time_and_the_chance_of_then(world: World) -> None:
    outcome = await world.run(action("random", RANDOM))
    report = await world.again()
    assert report["identical"]
    assert report["actions"][0]["now"] == {
        key: outcome.result["actions"][0][key]  # type: ignore[index, call-overload]
        for key in ("commands", "logs", "error")
    }
    assert report["same_engine"]
    assert "a-secret-value" not in json.dumps(report)


async def test_a_secret_that_was_changed_is_named_with_both_numbers(world: World) -> None:
    await world.run(action("random", RANDOM))
    world.secrets = MemorySecrets({"acme": {"KEY": ("another-value", 4)}}, {})
    report = await world.again()
    assert report["secrets"] == [{"action": "random", "name": "KEY", "then": 3, "now": 4}]


async def test_a_request_with_the_new_value_of_a_token_is_the_same_request(world: World) -> None:
    await world.run(action("asks", ASKS))
    assert [row["kind"] for row in world.order.recording.shown()["asks"]] == ["fetch.start"]  # type: ignore[union-attr, index, call-overload]
    assert (await world.again())["identical"]
    world.secrets = MemorySecrets({"acme": {"KEY": ("another-value", 4)}}, {})
    assert (await world.again())["identical"]
    edited = Edited(ASKS.replace("'x-other': 'a'", "'x-other': 'b'"))
    error = (await world.again(action="asks", edited=edited))["actions"][0]["now"]["error"]
    assert error["code"] == "replay_diverged"


async def test_edited_code_shows_what_it_would_have_done_and_so_do_the_actions_behind_it(world: World) -> None:
    await world.run(action("writes", METADATA), action("reads", READS))
    report = await world.again(action="writes", edited=Edited(METADATA.replace("crypto.randomUUID()", "'now'")))
    assert not report["identical"]
    assert [one["differs"] for one in report["actions"]] == [["commands"], ["commands"]]
    assert report["actions"][1]["now"]["commands"][0]["args"] == ["seen", "now"]


async def test_edited_code_that_asks_for_more_of_the_host_ends_there(world: World) -> None:
    await world.run(action("random", RANDOM))
    edited = RANDOM.replace("console.log", "await fetch('https://u.example/?key=abc'); console.log")
    report = await world.again(action="random", edited=Edited(edited))
    error = report["actions"][0]["now"]["error"]
    assert error["code"] == "replay_diverged"
    assert 'fetch.start {"method": "GET", "url": "https://u.example/?key=***"}' in error["message"]


async def test_code_of_an_action_that_did_not_run_cannot_be_edited(world: World) -> None:
    await world.run(action("random", RANDOM))
    refused = await world.again(action="other", edited=Edited(RANDOM))
    assert (refused.code, "It runs: random." in refused.message) == ("recording_unreadable", True)


async def test_what_is_not_there_is_not_run(world: World) -> None:
    await world.run(action("random", RANDOM))
    world.order = None
    assert (await world.again()).code == "recording_unreadable"


async def test_a_flow_that_waited_for_its_user_is_run_again_leg_by_leg(world: World) -> None:
    actions = (action("random", RANDOM), action("asks", ASKS_THE_USER), action("reads", READS))
    assert (await world.run(*actions)).status == "suspended"
    assert (await world.again())["identical"]
    world.suspensions.promise("acme", "e1", "e1")
    world.secrets = MemorySecrets({"acme": {"KEY": ("another-value", 4)}}, {})
    request: Any = simulated_event(triggers.BUILT_IN.get("post-login"))["request"]
    posted = {"request": {**request, "ip": "203.0.113.99"}}
    assert (await world.run(*actions, event=posted, resumes="e1")).status == "completed"
    report = await world.again()
    assert report["identical"]
    assert [one["name"] for one in report["actions"]] == ["asks", "reads"]
    assert report["actions"][0]["now"]["logs"][0]["message"].startswith("***")
    # What stands in the flow from before is hidden as well, though its secret has another value now.
    assert "a-secret-value" not in json.dumps(report)


async def test_code_of_an_action_that_ran_before_its_user_was_asked_cannot_be_edited(world: World) -> None:
    actions = (action("random", RANDOM), action("asks", ASKS_THE_USER))
    await world.run(*actions)
    world.suspensions.promise("acme", "e1", "e1")
    request = simulated_event(triggers.BUILT_IN.get("post-login"))["request"]
    await world.run(*actions, event={"request": request}, resumes="e1")
    refused = await world.again(action="random", edited=Edited(RANDOM))
    assert (refused.code, "where another one waited" in refused.message) == ("recording_unreadable", True)
    edited = Edited(ASKS_THE_USER.replace("'from'", "'ip'"))
    assert (await world.again(action="asks", edited=edited))["actions"][0]["differs"] == ["commands"]


async def test_a_replay_finds_the_cache_of_then_and_leaves_it_as_it_is_now(world: World) -> None:
    actions = (action("counts", COUNTS), action("counts again", COUNTS))
    await world.run(*actions)
    await world.run(*actions)
    await world.caches.write("acme", "post-login", {"logins": None})
    report = await world.again()
    assert report["identical"]
    assert [one["now"]["commands"][-1]["args"] for one in report["actions"]] == [["logins", 3], ["logins", 4]]
    assert await world.caches.read("acme", "post-login") == {}


async def test_what_an_action_was_refused_is_among_its_lines_again(world: World) -> None:
    code = "exports.onExecutePostLogin = async () => { await fetch('http://127.0.0.1:8080/').catch(() => {}) }"
    async with Egress.open(SystemResolver(), Records()) as world.egress:
        outcome: Any = await world.run(action("quiet", code))
    assert outcome.result["actions"][0]["logs"][0]["message"].startswith("Refused: 127.0.0.1:8080")
    assert (await world.again())["identical"]
