"""Versions with packages, in modules and in TypeScript: built, kept with their lock, and run as events run them."""

from collections.abc import Mapping
from typing import Any

import pytest

from interlock.executor.builds import Builder, VersionLog, message_of
from interlock.executor.packages import Packager
from interlock.executor.ports import StoredReleases
from interlock.executor.store import Database, releases
from interlock.executor.store.versions import Version
from interlock.sandbox import Sandbox
from interlock.worker import SandboxRunner, run_flow, simulated_event, triggers
from interlock.worker.images import ImageCache
from npm_registry import Registry

LEFT = {
    "index.js": "module.exports = (text) => {\n  if (!text) throw new TypeError('no text');\n  return '*' + text;\n};\n"
}
CODE = (
    "const left = require('left');\n"
    "exports.onExecutePostLogin = async (event, api) => {\n  api.idToken.setCustomClaim('plan', left('pro'));\n};\n"
)


@pytest.fixture
def build(database: Database, sandbox: Sandbox, packager: Packager, make: Any) -> Any:
    async def build(version: Version) -> Version:
        message, log = message_of(version), VersionLog(database)
        assert await log.started(message, "builder")
        assert await log.finish(message, await Builder(database, sandbox, packager)(message))
        row: Version = await make.row(version)
        return row

    return build


@pytest.fixture
def deployed_run(database: Database, sandbox: Sandbox, build: Any, make: Any) -> Any:
    """Deploys an action as it is, and runs what is in force on an event, as a worker does."""

    async def run(action: str) -> Mapping[str, Any]:
        await make.bound(action)
        row = await build(await make.version(action, deploy_by="key_1"))
        assert row.status == "built", row.log
        async with database.reading() as transaction:
            current = await releases.current(transaction, "acme", "post-login")
        release = await StoredReleases(database).get("acme", current.header.id)
        trigger = triggers.BUILT_IN.get("post-login")
        async with ImageCache.open(sandbox) as images:
            runner = SandboxRunner(sandbox, limits=release.limits, images=images)
            result = await run_flow(trigger, simulated_event(trigger), release.actions, runner)
        printable: Mapping[str, Any] = result.printable()
        return printable

    return run


async def bound(build: Any, make: Any, action: str) -> None:
    await build(await make.version(action, deploy_by="key_1"))
    await make.bound(action)


async def test_an_action_with_a_package_is_built_deployed_and_runs(
    build: Any, make: Any, npm: Registry, deployed_run: Any
) -> None:
    npm.publish("left", "1.2.3", LEFT)
    action = await make.action(CODE, "left@1")
    await bound(build, make, action)
    ran = await deployed_run(action)
    assert ran["outcome"]["id_token"]["claims"] == {"plan": "*pro"}


async def test_a_version_keeps_its_lock_its_bundle_and_its_map(build: Any, make: Any, npm: Registry) -> None:
    npm.publish("left", "1.2.3", LEFT)
    row = await build(await make.version(await make.action(CODE, "left@1")))
    assert row.lock["packages"]["node_modules/left"]["version"] == "1.2.3"
    assert row.code == CODE
    assert "no text" in row.bundle
    assert row.source_map.startswith('{"version":1')
    assert "left@1.2.3" in row.log
    assert row.log.endswith("The code was loaded and exports its handler.\n")


async def test_the_next_version_has_the_same_packages_until_others_are_asked_for(
    build: Any, make: Any, npm: Registry
) -> None:
    npm.publish("left", "1.0.0", LEFT)
    action = await make.action(CODE, "left")
    first = await build(await make.version(action))
    npm.publish("left", "1.1.0", LEFT)
    await make.draft(action, CODE + "// better", "left")
    second = await build(await make.version(action))
    assert second.lock == first.lock
    assert "chosen before" in second.log
    await make.draft(action, CODE, "left@^1.1")
    third = await build(await make.version(action))
    assert third.lock["packages"]["node_modules/left"]["version"] == "1.1.0"


async def test_an_es_module_runs(build: Any, make: Any, npm: Registry, deployed_run: Any) -> None:
    npm.publish("left", "1.0.0", LEFT)
    code = (
        "import left from 'left';\n"
        "export async function onExecutePostLogin(event, api) {\n  left('x');\n  left('');\n}\n"
    )
    action = await make.action(code, "left")
    await bound(build, make, action)
    error = (await deployed_run(action))["actions"][0]["error"]
    frames = error["stack"].split("\n")[1:]
    assert "(left/index.js:2:" in frames[0]
    assert "(roles.js:4:" in frames[1]


async def test_typescript_runs_and_its_stacks_have_its_lines(build: Any, make: Any, deployed_run: Any) -> None:
    code = (
        "interface Plan { name?: string }\n\nenum Level { Low, High }\n\n"
        "export const onExecutePostLogin = async (event: any, api: any): Promise<void> => {\n"
        "  const plan: Plan = {};\n  api.idToken.setCustomClaim('level', Level.High);\n  plan.name!.trim();\n};\n"
    )
    action = await make.action(code, language="typescript")
    await bound(build, make, action)
    error = (await deployed_run(action))["actions"][0]["error"]
    assert "(roles.ts:8:" in error["stack"].split("\n")[1]


@pytest.mark.parametrize(
    ("code", "needed", "error", "line", "says"),
    [
        (CODE, (), "action_error", 1, "Cannot find module 'left'"),
        (CODE, ("nothing",), "package_not_found", None, "nothing"),
        ("import x from 'right';\n", ("left",), "import_unresolved", 1, "Name right among the dependencies."),
        ("import x from 'left';\nlet a = ;", ("left",), "syntax_error", 2, "Unexpected"),
        ("import left from 'left';\nleft('');", ("left",), "action_error", 2, "TypeError: no text"),
        ("import x from 'left';\nexport const on = x;", ("left",), "missing_handler", None, "onExecutePostLogin"),
    ],
)
async def test_what_is_wrong_is_told_with_the_authors_line(
    code: str, needed: tuple[str, ...], error: str, line: int | None, says: str, build: Any, make: Any, npm: Registry
) -> None:
    npm.publish("left", "1.0.0", LEFT)
    row = await build(await make.version(await make.action(code, *needed)))
    [told] = row.errors
    assert (row.status, told["id"], told["line"]) == ("failed", error, line)
    assert says in told["msg"]
    if line is not None:
        assert f"{line} | {code.splitlines()[line - 1]}" in row.log
    assert row.log.endswith(f"The build failed: {error}.\n")


async def test_a_builder_in_a_process_of_its_own_installs_packages(
    versions: Any, actor: Any, make: Any, npm: Registry, start_builder: Any
) -> None:
    npm.publish("left", "1.0.0", LEFT)
    await start_builder()
    shown = await versions.deploy(actor, "acme", await make.action(CODE, "left"), wait_ms=30_000)
    assert (shown.version.status, shown.deployed) == ("built", True), shown.version.log
