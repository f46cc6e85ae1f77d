"""What a build finds in an action's code, in the real sandbox, and what it tells the author."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from interlock.executor import stack_names
from interlock.executor.builds import Builder, VersionLog, message_of
from interlock.executor.packages import Packager
from interlock.executor.service.actors import Actor
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, releases, releasing
from interlock.executor.store.versions import Version
from interlock.sandbox import ImageFiles, Sandbox
from interlock.worker import Action as RunAction
from interlock.worker import SandboxRunner, run_flow, simulated_event, triggers
from interlock.worker.images import ImageCache
from interlock.worker.queue import BuildMessage, BuildOutcome


@pytest.fixture
def build(database: Database, sandbox: Sandbox, packager: Packager, make: Any) -> Any:
    """Builds a version in this process, as a builder does with its job; gives its row."""

    async def build(version: Version) -> Version:
        message, log = message_of(version), VersionLog(database)
        assert await log.started(message, "builder")
        outcome = await Builder(database, sandbox, packager)(message)
        # What is said to the author takes no way through Redis.
        assert BuildOutcome.from_json(outcome.to_json()).log == ""
        assert await log.finish(message, outcome)
        row: Version = await make.row(version)
        return row

    return build


async def test_code_that_loads_is_built_as_it_is(build: Any, make: Any) -> None:
    row = await build(await make.version(await make.action()))
    assert (row.status, row.bundle, row.lock, row.errors) == ("built", row.code, {}, ())
    assert row.log == (
        "Building version 1 of roles for post-login: 44 bytes of code.\nThe code was loaded and exports its handler.\n"
    )


@pytest.mark.parametrize(
    ("code", "error", "line", "says"),
    [
        ("\n\nconst a = ;", "syntax_error", 3, "SyntaxError: unexpected token"),
        ("const f = () => {\n  throw new TypeError('no way');\n};\nf();", "action_error", 2, "TypeError: no way"),
        ("require('lodash')", "action_error", 1, "Cannot find module 'lodash'"),
        ("\nfor (;;) {}", "cpu_limit", 2, "1000 ms of CPU time"),
        ("const a = [];\nfor (;;) a.push(new Uint8Array(1 << 20));", "memory_limit", None, "memory"),
        ("exports.onExecute = async () => {};", "missing_handler", None, "exports.onExecutePostLogin"),
        ("exports.onExecutePostLogin = 5;", "missing_handler", None, "must be a function, not 5"),
        ("", "missing_handler", None, "exports.onExecutePostLogin"),
        ("//" + "x" * 100_000, "source_limit", None, "100000"),
        ("throw 'text'", "action_error", None, "text"),
        ("throw new Error('\\ud800')// \ud800\0", "action_error", 1, "Error"),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace").decode().replace("\0", ""),
)
async def test_what_is_wrong_is_told_with_the_authors_line(
    code: str, error: str, line: int | None, says: str, build: Any, make: Any
) -> None:
    row = await build(await make.version(await make.action(code)))
    [told] = row.errors
    assert (row.status, row.bundle, told["id"]) == ("failed", None, error)
    if line is not None:
        assert told["line"] == line
        assert f"{line} | " in row.log
    assert says in told["msg"]
    assert told["msg"] in row.log
    assert row.log.endswith(f"The build failed: {error}.\n")


async def test_the_handler_is_the_triggers_own(build: Any, make: Any) -> None:
    code = "exports.onExecuteCredentialsExchange = async () => {};"
    right = await make.action(code, name="right", trigger="credentials-exchange")
    wrong = await make.action(code, name="wrong")
    assert (await build(await make.version(right))).status == "built"
    assert (await build(await make.version(wrong))).status == "failed"


async def test_what_the_code_wrote_to_its_console_stands_in_the_log_of_a_failure(build: Any, make: Any) -> None:
    row = await build(await make.version(await make.action("console.warn('look', {here: 1}); throw new Error('x')")))
    assert "console warn: look { here: 1 }\nError: x\n  at <anonymous> (roles.js:1:" in row.log


async def test_no_secret_and_no_process_is_within_reach_of_the_code(build: Any, make: Any) -> None:
    code = (
        "throw new Error(JSON.stringify([typeof event, typeof api, process.env, require('node:fs').readdirSync('/')]))"
    )
    [told] = (await build(await make.version(await make.action(code)))).errors
    assert told["msg"] == 'Error: ["undefined","undefined",{},[]]'


async def test_a_name_that_no_file_can_have_is_built_all_the_same(build: Any, make: Any) -> None:
    row = await build(await make.version(await make.action("throw new Error()", name="a:b (c) <d>?\\" + "x" * 300)))
    assert (row.status, row.errors[0]["line"]) == ("failed", 1)


async def test_a_version_that_was_to_be_deployed_and_fails_leaves_what_is_in_force(
    build: Any, make: Any, versions: Versions, actor: Actor, database: Database
) -> None:
    action = await make.action()
    await build(await make.version(action, deploy_by="key_1"))
    await make.bound(action)
    await make.draft(action, "throw 1")
    await build(await make.version(action, deploy_by="key_1"))
    assert (await versions.get(actor, "acme", action, 1)).deployed
    async with database.reading() as transaction:
        assert [
            entry.version_number for entry in (await releases.current(transaction, "acme", "post-login", "")).entries
        ] == [1]


async def test_a_version_of_an_action_that_was_deleted_is_failed(
    make: Any, database: Database, sandbox: Sandbox, packager: Packager
) -> None:
    version = await make.version(await make.action(), deploy_by="key_1")
    await _delete(database, version.action_id)
    message, log = message_of(version), VersionLog(database)
    assert await log.started(message, "builder")
    assert await log.finish(message, await Builder(database, sandbox, packager)(message))
    assert ((row := await make.row(version)).status, row.errors[0]["id"]) == ("failed", "not_found")


async def test_a_version_whose_action_is_deleted_while_it_builds_is_built_and_not_deployed(
    make: Any, database: Database, sandbox: Sandbox, packager: Packager
) -> None:
    version = await make.version(await make.action(), deploy_by="key_1")
    message, log = message_of(version), VersionLog(database)
    assert await log.started(message, "builder")
    outcome = await Builder(database, sandbox, packager)(message)
    await _delete(database, version.action_id)
    assert await log.finish(message, outcome)
    assert (await make.row(version)).status == "built"


@pytest.mark.parametrize(
    "wrong", [{"tenant": "other"}, {"action": "act_other"}, {"built_version": "ver_other"}], ids=str
)
async def test_a_message_that_names_what_is_not_there_builds_nothing(
    wrong: dict[str, str], make: Any, database: Database, sandbox: Sandbox, packager: Packager
) -> None:
    version = await make.version(await make.action())
    message = BuildMessage.model_validate(message_of(version).model_dump() | wrong)
    outcome = await Builder(database, sandbox, packager)(message)
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "not_found")
    assert await make.row(version) == version


async def test_of_two_builders_at_one_attempt_one_ends_it(
    make: Any, database: Database, sandbox: Sandbox, packager: Packager
) -> None:
    action = await make.action()
    version = await make.version(action, deploy_by="key_1")
    message, log = message_of(version), VersionLog(database)
    assert [await log.started(message, "a"), await log.started(message, "b")] == [True, True]
    outcome = await Builder(database, sandbox, packager)(message)
    assert sorted(await asyncio.gather(*(log.finish(message, outcome) for _ in range(2)))) == [False, True]


async def test_a_builder_whose_attempt_was_given_up_has_no_say(
    make: Any, database: Database, sandbox: Sandbox, packager: Packager
) -> None:
    version = await make.version(await make.action())
    message, log = message_of(version), VersionLog(database)
    assert await log.started(message, "slow")
    outcome = await Builder(database, sandbox, packager)(message)
    assert [await log.next_attempt(message), await log.next_attempt(message)] == [2, 2]
    assert (await make.row(version)).status == "retrying"
    assert not await log.finish(message, outcome)
    assert not await log.started(message, "slow")
    again = message.model_copy(update={"attempt": 2})
    assert await log.started(again, "other")
    assert await log.finish(again, outcome.model_copy(update={"attempt": 2}))
    assert await log.next_attempt(again) is None


async def _delete(database: Database, action: str) -> None:
    async with database.writing() as transaction:
        await releasing.delete_action(transaction, "acme", action, created_by="key_1", force=True)


async def test_the_first_run_on_the_builders_machine_finds_the_image(
    make: Any, database: Database, sandbox: Sandbox, packager: Packager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "for (let i = 0; i < 1e6; i++); exports.onExecutePostLogin = async () => {};"
    version = await make.version(await make.action(code))
    files = ImageFiles(tmp_path, sandbox.base.key)
    assert (await Builder(database, sandbox, packager, files=files)(message_of(version))).status == "built"
    monkeypatch.setattr(sandbox, "load", None)
    runner = SandboxRunner(sandbox, images=ImageCache(sandbox, 1 << 20, files))
    trigger = triggers.BUILT_IN.get("post-login")
    flow = await run_flow(
        trigger, simulated_event(trigger), [RunAction("roles", code, stack_names.of_action("roles"))], runner
    )
    assert flow.status == "completed"
