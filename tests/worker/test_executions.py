"""An execution from its message to its outcome, in the real sandbox, with everything else in memory."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interlock.sandbox import ImageFiles, Limits, LoadFailed, Sandbox
from interlock.secrets import SealBroken
from interlock.worker import Action, preludes, simulated_event, triggers
from interlock.worker.errors import Unavailable
from interlock.worker.executions import Executions
from interlock.worker.images import ImageCache
from interlock.worker.memory import (
    MemoryCaches,
    MemoryLookups,
    MemoryReleases,
    MemorySecrets,
    MemorySuspensions,
)
from interlock.worker.ports import Opening, Release, ResolvedSecrets
from interlock.worker.queue import ExecutionMessage
from interlock.worker.resuming import digest

POST_LOGIN = triggers.BUILT_IN.get("post-login")
CLAIMS = Action(
    "claims",
    "exports.onExecutePostLogin = (event, api) => {"
    " api.idToken.setCustomClaim('https://a.example/x', event.secrets.SHARED + event.secrets.OWN);"
    " console.log(event.secrets.OWN); }",
    "claims.js",
)
NAMES = Action(
    "names",
    "exports.onExecutePostLogin = (event, api) => {"
    " api.idToken.setCustomClaim('https://a.example/names', Object.keys(event.secrets).sort().join()); }",
    "names.js",
)
RELEASE = Release("rel_1", "acme", "post-login", "", 7, (CLAIMS, NAMES))


@pytest.fixture
async def images() -> AsyncIterator[ImageCache]:
    with Sandbox.open(preludes=preludes()) as sandbox:
        async with ImageCache.open(sandbox) as opened:
            yield opened


@pytest.fixture
def suspensions() -> MemorySuspensions:
    return MemorySuspensions()


@pytest.fixture
def caches() -> MemoryCaches:
    return MemoryCaches()


@pytest.fixture
def executions(images: ImageCache, suspensions: MemorySuspensions, caches: MemoryCaches) -> Executions:
    return Executions(
        images._sandbox,
        images,
        releases=MemoryReleases([RELEASE]),
        secrets=MemorySecrets({"acme": {"SHARED": ("shared-", 3)}}, {("acme", "claims"): {"OWN": ("own-value", 8)}}),
        lookups=MemoryLookups(),
        suspensions=suspensions,
        caches=caches,
    )


@pytest.fixture
def message() -> Callable[..., ExecutionMessage]:
    def make(**fields: Any) -> ExecutionMessage:
        given = {
            "execution": "e1",
            "tenant": "acme",
            "trigger": "post-login",
            "release": "rel_1",
            "release_number": 7,
            "event": simulated_event(POST_LOGIN),
            "accepted_ms": int(time.time() * 1_000),
            "deadline_ms": int(time.time() * 1_000) + 60_000,
            "blocking": True,
        }
        return ExecutionMessage.model_validate(given | fields)

    return make


async def test_the_flow_runs_with_each_actions_own_secrets(
    executions: Executions, message: Callable[..., ExecutionMessage]
) -> None:
    outcome = await executions(message())
    told: Any = outcome.for_the_caller()
    assert outcome.status == "completed"
    assert told["outcome"]["id_token"]["claims"] == {
        "https://a.example/x": "shared-own-value",
        "https://a.example/names": "SHARED",
    }
    assert outcome.secrets == {"claims": {"SHARED": 3, "OWN": 8}, "names": {"SHARED": 3}}


async def test_a_secret_that_was_changed_before_the_event_was_taken_is_what_its_actions_see(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    await executions(message())
    changed = MemorySecrets({"acme": {"SHARED": ("new-", 4)}}, {("acme", "claims"): {"OWN": ("own-value", 8)}})
    monkeypatch.setattr(executions, "_secrets", changed)
    begin = await executions.foresee(message())
    outcome: Any = (await begin()).for_the_caller()
    assert outcome["outcome"]["id_token"]["claims"]["https://a.example/x"] == "new-own-value"


async def test_what_is_foreseen_opens_no_secret_and_runs_nothing(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "_secrets", NoKeys())
    begin = await executions.foresee(message())
    refused = await begin()
    assert refused.error
    assert refused.error.code == "seal_broken"


async def test_an_event_of_a_trigger_that_this_worker_does_not_have_runs_nothing_and_says_why(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = replace(RELEASE, trigger="account-closing")
    monkeypatch.setattr(executions, "_releases", MemoryReleases([release]))
    outcome = await executions(message(trigger="account-closing"))
    assert outcome.status == "platform_error"
    assert outcome.error is not None
    assert outcome.error.code == "trigger_not_here"
    assert "no trigger 'account-closing'" in outcome.error.message


async def test_its_actions_take_turns_with_those_of_other_tenants(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    owners: list[object] = []
    really = Sandbox.run

    async def run(self: Sandbox, image: Any, input_json: bytes, **more: Any) -> Any:
        owners.append(more["owner"])
        return await really(self, image, input_json, **more)

    monkeypatch.setattr(Sandbox, "run", run)
    assert (await executions(message())).status == "completed"
    assert owners == ["acme", "acme"]


async def test_what_is_kept_of_it_holds_no_secret(
    executions: Executions, message: Callable[..., ExecutionMessage]
) -> None:
    outcome = await executions(message())
    assert "own-value" not in repr(outcome.result)
    assert "own-value" not in repr(outcome)


@pytest.mark.parametrize(
    "fields",
    [{"tenant": "other"}, {"release": "rel_2"}, {"release_number": 8}, {"entity": "x"}, {"trigger": "pre-register"}],
    ids=str,
)
async def test_a_release_that_is_not_the_messages_own_is_not_run(
    fields: dict[str, Any], executions: Executions, message: Callable[..., ExecutionMessage]
) -> None:
    outcome = await executions(message(**fields))
    assert outcome.error
    assert (outcome.status, outcome.error.code, outcome.result) == ("platform_error", "no_release", None)


async def test_a_flow_ends_when_nobody_waits_any_more(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Action(
        "endless", "exports.onExecutePostLogin = () => new Promise(() => setTimeout(() => {}, 1e6))", "e.js"
    )
    monkeypatch.setattr(executions, "_releases", MemoryReleases([replace(RELEASE, actions=(endless,))]))
    outcome = await executions(message(deadline_ms=int(time.time() * 1_000) + 200))
    result: Any = outcome.result
    assert (outcome.status, result["outcome"]["error"]["code"]) == ("failed", "wall_limit")


async def test_an_image_is_made_once_for_all_who_ask(images: ImageCache) -> None:
    first = await images.get(CLAIMS, POST_LOGIN, Limits())
    assert await images.get(replace(CLAIMS, name="of another tenant"), POST_LOGIN, Limits(wall_ms=5)) is first
    assert await images.get(replace(CLAIMS, filename="other.js"), POST_LOGIN, Limits()) is not first
    assert len(images) == 2


async def test_the_least_used_image_goes_when_there_is_no_room(images: ImageCache) -> None:
    first = await images.get(CLAIMS, POST_LOGIN, Limits())
    async with ImageCache.open(images._sandbox, largest_bytes=sum(len(data) for _, data in first.pages.runs)) as small:
        kept = await small.get(CLAIMS, POST_LOGIN, Limits())
        await small.get(NAMES, POST_LOGIN, Limits())
        assert len(small) == 1
        assert await small.get(CLAIMS, POST_LOGIN, Limits()) is not kept


async def test_an_image_that_took_long_is_loaded_once_for_all_processes(
    images: ImageCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ImageFiles(tmp_path, images._sandbox.base.key)
    slow = Action("slow", "for (let i = 0; i < 1e6; i++); exports.onExecutePostLogin = () => {};", "slow.js")
    # How long anything takes depends on who else is busy: what counts as long is said here.
    async with ImageCache.open(images._sandbox, files=files, worth_s=3600) as patient:
        await patient.get(slow, POST_LOGIN, Limits())
    assert list(tmp_path.iterdir()) == []
    async with ImageCache.open(images._sandbox, files=files, worth_s=0) as first:
        loaded = [await first.get(slow, POST_LOGIN, Limits())]
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(images._sandbox, "load", None)
    async with ImageCache.open(images._sandbox, files=files) as second:
        assert await second.get(slow, POST_LOGIN, Limits()) == loaded[0]
        # Of another trigger, under other limits, with another text: another image.
        for changed in (replace(slow, source=f"{slow.source} "), replace(slow, filename="other.js")):
            with pytest.raises(TypeError):
                await second.get(changed, POST_LOGIN, Limits())
        with pytest.raises(TypeError):
            await second.get(slow, POST_LOGIN, Limits(memory_bytes=32 << 20))
        with pytest.raises(TypeError):
            await second.get(slow, triggers.BUILT_IN.get("credentials-exchange"), Limits())


async def test_an_action_that_cannot_be_loaded_is_not_kept(images: ImageCache) -> None:
    broken = Action("broken", "throw new Error('top level')", "broken.js")
    for _ in range(2):
        with pytest.raises(LoadFailed):
            await images.get(broken, POST_LOGIN, Limits())
    assert len(images) == 0


READS_GROUPS = Action(
    "reads-groups",
    "exports.onExecutePostLogin = async (event, api) => {"
    " api.idToken.setCustomClaim('https://a.example/groups', String(await api.groups.hasGroupMembership(['g1']))); }",
    "g.js",
)


async def test_answers_that_came_with_the_event_come_before_those_that_are_asked_for(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "_releases", MemoryReleases([replace(RELEASE, actions=(READS_GROUPS,))]))
    monkeypatch.setattr(executions, "_lookups", MemoryLookups({"acme": {"groups": ["g1"]}}))
    claims, given = [], list[Any]([None, {"groups": []}])
    for lookups in given:
        told: Any = (await executions(message(lookups=lookups))).result
        claims.append(told["outcome"]["id_token"]["claims"]["https://a.example/groups"])
    assert claims == ["true", "false"]


class NoKeys:
    """Secrets that nothing opens."""

    async def read(self, tenant: str, actions: Sequence[Action]) -> Opening:  # noqa: ARG002 - its interface
        async def opening() -> Mapping[str, ResolvedSecrets]:
            raise SealBroken("The secret KEY of the tenant acme cannot be used.")

        return opening


async def test_secrets_that_cannot_be_opened_end_the_execution_and_say_why(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "_secrets", NoKeys())
    outcome = await executions(message())
    assert outcome.error
    assert (outcome.status, outcome.error.code) == ("platform_error", "seal_broken")


SENDS_AWAY = Action(
    "sends-away",
    "exports.onExecutePostLogin = (event, api) => {"
    " api.idToken.setCustomClaim('https://a.example/x', event.secrets.SHARED);"
    " api.redirect.sendUserTo('https://x.example/'); };"
    "exports.onContinuePostLogin = (event, api) => {"
    " api.accessToken.setCustomClaim('https://a.example/ip', event.request.ip); };",
    "away.js",
)


async def test_what_is_suspended_is_kept_before_it_is_told_and_goes_on_once(
    executions: Executions,
    message: Callable[..., ExecutionMessage],
    suspensions: MemorySuspensions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = replace(RELEASE, actions=(SENDS_AWAY,), suspended_ms=60_000)
    monkeypatch.setattr(executions, "_releases", MemoryReleases([release]))
    monkeypatch.setattr(executions, "_now_ms", lambda: 1_000.0)
    waits = await executions(message(deadline_ms=21_000))
    assert waits.resume
    [kept] = suspensions.kept.values()
    assert (kept.execution, kept.release, kept.release_number, kept.expires_ms) == ("e1", "rel_1", 7, 61_000)
    assert kept.digest == digest(waits.resume.state)
    assert waits.resume.state not in repr(waits) + repr(kept)
    request: Any = {**message().event["request"], "ip": "203.0.113.1"}  # type: ignore[dict-item]
    again = message(execution="e2", resumes="e1", event={"request": request}, deadline_ms=21_000)
    # Nobody promised it to this one.
    refused = await executions(again)
    assert refused.error
    assert (refused.status, refused.error.code) == ("platform_error", "not_resumable")
    suspensions.promise("acme", "e1", "e2")
    told: Any = (await executions(again)).for_the_caller()
    assert told["outcome"] == {
        "id_token": {"claims": {"https://a.example/x": "shared-"}},
        "access_token": {"claims": {"https://a.example/ip": "203.0.113.1"}},
    }
    over = await executions(again)
    assert over.error
    assert over.error.code == "not_resumable"


async def test_a_flow_that_cannot_be_kept_is_not_said_to_be_suspended(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_suspension: Any) -> None:
        raise Unavailable("the store is away")

    monkeypatch.setattr(executions, "_releases", MemoryReleases([replace(RELEASE, actions=(SENDS_AWAY,))]))
    monkeypatch.setattr(executions._suspensions, "keep", away)
    outcome = await executions(message())
    assert outcome.error
    assert (outcome.status, outcome.error.code, outcome.resume) == ("platform_error", "suspension_not_kept", None)


async def test_executions_of_a_tenant_and_trigger_share_their_cache(
    executions: Executions, message: Callable[..., ExecutionMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Action(
        "counts",
        "exports.onExecutePostLogin = (event, api) => {"
        " const count = Number(api.cache.get('count')?.value ?? 0); api.cache.set('count', String(count + 1));"
        " api.idToken.setCustomClaim('count', count); if (count === 1) throw new Error('on purpose'); };",
        "counts.js",
    )
    monkeypatch.setattr(executions, "_releases", MemoryReleases([replace(RELEASE, actions=(counts,))]))
    # What a failed flow wrote to the cache stays, as with any cache.
    told = [(await executions(message())).result for _ in range(3)]
    assert [result and result["status"] for result in told] == ["completed", "failed", "completed"]
    last: Any = told[-1]
    assert last["outcome"]["id_token"]["claims"] == {"count": 2}


class _Heard:
    """Listens to one tenant."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.entries: list[dict[str, Any]] = []

    def listened(self, tenant: str) -> bool:
        return tenant == self.tenant

    def put(self, _tenant: str, entry: dict[str, Any]) -> None:
        self.entries.append(entry)


@pytest.mark.parametrize("tenant", ["acme", "other"])
async def test_who_listens_is_told_lines_and_the_end(
    tenant: str, images: ImageCache, message: Callable[..., ExecutionMessage]
) -> None:
    heard = _Heard(tenant)
    executions = Executions(
        images._sandbox,
        images,
        releases=MemoryReleases([RELEASE]),
        secrets=MemorySecrets({}, {("acme", "claims"): {"OWN": ("own-value", 8)}}),
        lookups=MemoryLookups(),
        suspensions=MemorySuspensions(),
        tails=heard,
    )
    assert (await executions(message())).status == "completed"
    told = [(entry["kind"], entry.get("message"), entry.get("status")) for entry in heard.entries]
    assert told == ([("line", "***", None), ("end", None, "completed")] if tenant == "acme" else [])


async def test_who_begins_to_listen_meanwhile_is_told_of_what_began_before(
    images: ImageCache, message: Callable[..., ExecutionMessage]
) -> None:
    heard = _Heard("nobody")

    class Asked(MemoryLookups):
        async def get(self, subject: Any, kind: Any) -> Any:
            assert (kind, heard.entries) == ("groups", [])
            heard.tenant = subject.tenant
            return []

    code = """exports.onExecutePostLogin = async (event, api) => {
      console.log('before', event.secrets.OWN);
      await api.groups.getUserGroups();
      console.log('after');
    };"""
    release = replace(
        RELEASE,
        actions=(
            Action("quiet", "exports.onExecutePostLogin = () => console.log('x')", "q.js"),
            Action("asks", code, "asks.js", id="asks"),
        ),
    )
    executions = Executions(
        images._sandbox,
        images,
        releases=MemoryReleases([release]),
        secrets=MemorySecrets({}, {("acme", "asks"): {"OWN": ("own-value", 8)}}),
        lookups=Asked(),
        suspensions=MemorySuspensions(),
        tails=heard,
    )
    assert (await executions(message())).status == "completed"
    told = [(entry["kind"], entry.get("action"), entry.get("message")) for entry in heard.entries]
    assert told == [("line", "asks", "before ***"), ("line", "asks", "after"), ("end", None, None)]


@pytest.mark.parametrize("blocking", [False, True], ids=["an event", "a test, which somebody waits for"])
async def test_an_action_of_a_background_trigger_sees_which_attempt_it_is(
    images: ImageCache, message: Callable[..., ExecutionMessage], blocking: bool
) -> None:
    code = "exports.onExecutePostUserRegistration = (event) => { console.log(JSON.stringify(event.execution)); }"
    trigger = "post-user-registration"
    release = Release("rel_1", "acme", trigger, "", 7, (Action("a", code, "a.js"),))
    executions = Executions(
        images._sandbox,
        images,
        releases=MemoryReleases([release]),
        secrets=MemorySecrets({}, {}),
        lookups=MemoryLookups(),
        suspensions=MemorySuspensions(),
    )
    event = simulated_event(triggers.BUILT_IN.get(trigger))
    outcome: Any = await executions(message(trigger=trigger, event=event, blocking=blocking, attempt=3))
    assert outcome.result["actions"][0]["logs"][0]["message"] == '{"id":"e1","attempt":3}'


async def test_a_test_leaves_the_cache_of_logins_alone_and_nothing_that_waits(
    executions: Executions,
    message: Callable[..., ExecutionMessage],
    suspensions: MemorySuspensions,
    caches: MemoryCaches,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await caches.write("acme", "post-login", {"seen": {"value": "login", "expires_at": time.time() * 1_000 + 60_000}})
    tries = Action(
        "tries",
        "exports.onExecutePostLogin = (event, api) => {"
        " api.idToken.setCustomClaim('seen', String(api.cache.get('seen'))); api.cache.set('seen', 'test');"
        " api.idToken.setCustomClaim('own', api.cache.get('seen').value);"
        " api.redirect.sendUserTo('https://x.example/'); };",
        "tries.js",
    )
    tested = replace(RELEASE, id="ver_1", number=0, actions=(tries,))
    monkeypatch.setattr(executions, "_releases", MemoryReleases([tested]))
    outcome = await executions(message(release="ver_1", release_number=0))
    told: Any = outcome.for_the_caller()
    assert (outcome.status, outcome.resume, suspensions.kept) == ("suspended", None, {})
    assert outcome.result
    assert told["outcome"]["redirect"] == {"url": "https://x.example/"}
    assert [entry["value"] for entry in (await caches.read("acme", "post-login")).values()] == ["login"]  # type: ignore[index, call-overload]
