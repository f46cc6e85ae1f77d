"""`interlock replay --with`: edited code built with the packages and the versions of modules that ran."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.executor import composition
from interlock.executor.packages import Dependency, Packager, Source, languages, open_packager
from interlock.executor.settings import Settings
from npm_registry import ESBUILD, Registry, registry

TENANT = "/v1/tenants/acme"
LEFT = {"index.js": "module.exports = (text) => 'starred ' + text;\n"}
CODE = "const left = require('left'), crm = require('actions:crm');\nexports.run = () => left(crm.of());\n"
RAN = {
    "trigger": "event-stream",
    "entity": "orders",
    "release": 4,
    "result": {"actions": [{"name": "roles"}]},
}
SAME: dict[str, Any] = {
    "execution": "exe_1",
    "identical": True,
    "edited": "roles",
    "status": {"then": "completed", "now": "completed"},
    "outcome": {"then": {}, "now": {}},
    "actions": [],
    "secrets": [],
    "same_engine": True,
}


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    """A registry with one package, and a folder for packages of the test's own."""

    def packager(settings: Settings) -> Packager:
        url, esbuild = settings.npm_registry, settings.esbuild
        return open_packager(folder=tmp_path / "builds", environment={}, registry=url, esbuild=esbuild)

    with registry() as served:
        monkeypatch.setenv("INTERLOCK_NPM_REGISTRY", served.url)
        monkeypatch.setenv("INTERLOCK_ESBUILD", str(ESBUILD))
        monkeypatch.setattr(composition, "packager", packager)
        served.publish("left", "1.2.3", LEFT)
        yield served


@pytest.fixture
def ran(api: Any, npm: Registry) -> Any:
    """An execution whose action had a package and a module in it, which were built before."""
    source = Source("require('left')", languages.JAVASCRIPT, (Dependency("left", "^1"),))
    built = asyncio.run(composition.packager(Settings()).package(source, lambda _line: None))
    served = len(npm.asked)
    named = [{"name": "left", "version": "^1"}]
    version = {
        "code": CODE,
        "dependencies": named,
        "lock": dict(built.lock),
        "modules": [{"name": "crm", "id": "mod_1", "number": 2}],
    }
    entry = {"action_name": "roles", "action_id": "act_1", "version_number": 3}
    api.answer("GET", f"{TENANT}/executions/exe_1", RAN)
    api.answer("POST", f"{TENANT}/executions/exe_1/replay", SAME)
    api.answer("GET", f"{TENANT}/triggers/event-stream/releases/4", {"actions": [entry]})
    api.answer("GET", f"{TENANT}/actions/act_1/versions/3", version)
    api.answer(
        "GET", f"{TENANT}/modules/mod_1/versions/2", {"code": "exports.of = () => 'second';", "dependencies": []}
    )
    return lambda: len(npm.asked) - served


def test_it_has_the_packages_and_the_modules_of_the_version_that_ran(
    api: Any, interlock: Any, write: Any, ran: Any
) -> None:
    finished = interlock("replay", "exe_1", "--with", write("edited.js", CODE.replace("left(", "left('edited' + ")))
    assert finished.status == 0, finished.err
    sent = api.asked[-1].body
    assert sent["action"] == "roles"
    assert all(part in sent["code"] for part in ("starred", "edited", "second"))
    assert sent["source_map"]
    assert any("releases/4?entity=orders" in each.target for each in api.asked)
    # What was built before is in the cache, under the version's lock.
    assert ran() == 0


def test_a_module_that_did_not_run_is_told(interlock: Any, write: Any, ran: Any) -> None:
    assert ran() == 0
    finished = interlock("replay", "exe_1", "--with", write("edited.js", "require('actions:other')"))
    assert finished.status == 2
    assert "The action ran without the module other. It had crm." in finished.err


def test_packages_of_its_own_come_before_those_of_the_version(
    api: Any, interlock: Any, write: Any, npm: Registry, ran: Any
) -> None:
    npm.publish("left", "2.0.0", {"index.js": "module.exports = () => 'other';\n"})
    folder = write("edited.js", "exports.run = require('left');").parent
    (folder / "package.json").write_text(json.dumps({"dependencies": {"left": "^2"}}))
    assert interlock("replay", "exe_1", "--with", folder / "edited.js").status == 0
    assert "other" in api.asked[-1].body["code"]
    assert ran() > 0


def test_an_action_that_is_gone_is_edited_without_packages(api: Any, interlock: Any, write: Any, npm: Registry) -> None:
    assert npm.url
    api.answer("GET", f"{TENANT}/executions/exe_1", RAN)
    api.answer("POST", f"{TENANT}/executions/exe_1/replay", SAME)
    api.refuse("GET", f"{TENANT}/triggers/event-stream/releases/4", 404, "not_found")
    code = "exports.run = () => require('crypto').randomUUID();"
    assert interlock("replay", "exe_1", "--with", write("edited.js", code)).status == 0
    assert api.asked[-1].body["code"] == code
