"""A trial: what does not build, with the author's line, and what does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.executor.auth0_files import Action, Dependency, Exported, Module, TriggerVersion
from interlock.executor.migration import FAILS, trial
from interlock.executor.packages import Packager, open_packager
from interlock.sandbox import Sandbox
from interlock.worker import prelude, triggers
from npm_registry import ESBUILD, Registry, registry

TRIGGERS = {trigger.id: trigger for trigger in triggers.BUILT_IN}
HANDLER = "exports.onExecutePostLogin = async () => {};\n"


@pytest.fixture
def npm() -> Iterator[Registry]:
    with registry() as served:
        served.publish("left", "1.2.3", {"index.js": "module.exports = (text) => '*' + text;\n"})
        yield served


@pytest.fixture
def packager(npm: Registry, tmp_path: Path) -> Packager:
    return open_packager(folder=tmp_path / "builds", environment={}, registry=npm.url, esbuild=ESBUILD)


def action(name: str, code: str, *packages: Dependency, language: str = "javascript") -> Action:
    file = f"actions/{name}/code.js"
    return Action(name, code, (TriggerVersion("post-login"),), language, dependencies=packages, file=file)


async def test_what_does_not_build_is_found_with_its_line(packager: Packager) -> None:
    actions = (
        action("good", f"const left = require('left');\n{HANDLER}", Dependency("left", "1.2.3")),
        action(
            "typed",
            "export const onExecutePostLogin = async (event: any): Promise<void> => {};\n",
            language="typescript",
        ),
        action("gone", HANDLER + "require('nobody');", Dependency("nobody", "1.0.0")),
        action("wrong", f"{HANDLER}const a = = 3;\n"),
        action("thrown", f"require('actions:crm');\n{HANDLER}\nnope();\n"),
        action("waits", f"require('actions:broken');\n{HANDLER}"),
        Action("other", HANDLER, (TriggerVersion("mcp-tool"),)),
    )
    modules = (Module("crm", "exports.a = 1;"), Module("broken", "exports.a = ;", file="action-modules/broken/code.js"))
    told: list[str] = []
    with Sandbox.open(preludes=prelude.preludes()) as sandbox:
        found = await trial.build(Exported(actions, modules), TRIGGERS, packager, sandbox, told.append)
    assert all(each.severity == FAILS for each in found)
    assert [(each.kind, each.about, each.code) for each in found] == [
        ("module", "broken", "syntax_error"),
        ("action", "gone", "package_not_found"),
        ("action", "wrong", "syntax_error"),
        ("action", "thrown", "action_error"),
    ]
    assert [str(each.place) for each in found] == [
        "action-modules/broken/code.js:1",
        "actions/gone/code.js:1",
        "actions/wrong/code.js:2",
        "actions/thrown/code.js:4",
    ]
    assert told[0] == "Building the module crm ..."
