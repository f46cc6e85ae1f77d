"""`interlock run` with packages, project folders, modules and TypeScript."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.executor import composition
from interlock.executor.packages import Packager, open_packager
from interlock.executor.settings import Settings
from npm_registry import ESBUILD, Registry, registry

LEFT = {
    "index.js": "module.exports = (text) => {\n  if (!text) throw new TypeError('no text');\n  return '*' + text;\n};\n"
}
CODE = (
    "const left = require('left');\n"
    "exports.onExecutePostLogin = async (event, api) => {\n  api.idToken.setCustomClaim('plan', left('pro'));\n};\n"
)


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    """A registry that `interlock run` is configured for, and a folder for packages of the test's own."""

    def packager(settings: Settings) -> Packager:
        registry_url, esbuild = settings.npm_registry, settings.esbuild
        return open_packager(folder=tmp_path / "builds", environment={}, registry=registry_url, esbuild=esbuild)

    with registry() as served:
        monkeypatch.setenv("INTERLOCK_NPM_REGISTRY", served.url)
        monkeypatch.setenv("INTERLOCK_ESBUILD", str(ESBUILD))
        monkeypatch.setattr(composition, "packager", packager)
        served.publish("left", "1.2.3", LEFT)
        yield served


Run = Callable[..., Any]


@pytest.fixture
def run(interlock: Any, write: Any, event: dict[str, Any]) -> Run:
    def run_file(path: Path, *options: object) -> Any:
        return interlock("run", path, "-t", "post-login", "-e", write("event.json", json.dumps(event)), *options)

    return run_file


def claims(finished: Any) -> Any:
    assert finished.status == 0, finished.err
    return json.loads(finished.out)["outcome"]["id_token"]["claims"]


def test_a_package_is_named_by_an_option(run: Run, write: Any, npm: Registry) -> None:
    path = write("action.js", CODE)
    assert claims(run(path, "--dependency", "left@1", "--json")) == {"plan": "*pro"}


def test_versions_are_chosen_once_and_then_no_registry_is_asked(run: Run, write: Any, npm: Registry) -> None:
    path = write("action.js", CODE)
    assert claims(run(path, "--dependency", "left", "--json")) == {"plan": "*pro"}
    asked = len(npm.asked)
    assert claims(run(path, "--dependency", "left", "--json")) == {"plan": "*pro"}
    assert len(npm.asked) == asked


def test_a_line_of_the_console_shows_the_authors_place(run: Run, write: Any, npm: Registry) -> None:
    code = (
        "import 'left';\n\nexport const onExecutePostLogin = async () => {\n  console.error(new Error('seen'));\n};\n"
    )
    finished = run(write("action.js", code), "--dependency", "left")
    assert "(action.js:4:" in finished.out


def test_a_project_folder_names_packages_and_its_lock_is_used(run: Run, write: Any, npm: Registry) -> None:
    manifest = {"dependencies": {"left": "^1"}, "devDependencies": {"nothing": "1"}}
    write("package.json", json.dumps(manifest))
    path = write("action.js", CODE)
    assert claims(run(path, "--json")) == {"plan": "*pro"}
    # What the author's npm wrote: with addresses, and what is for development alone.
    [locked] = npm.document("left")["versions"].values()
    npm.publish("left", "1.3.0", {"index.js": "module.exports = () => 'newer';"})
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": manifest,
            "node_modules/left": {
                "version": "1.2.3",
                "resolved": locked["dist"]["tarball"],
                "integrity": locked["dist"]["integrity"],
                "license": "MIT",
            },
            "node_modules/nothing": {"version": "1.0.0", "dev": True, "resolved": "git+ssh://x", "integrity": "?"},
        },
    }
    write("package-lock.json", json.dumps(lock))
    assert claims(run(path, "--json")) == {"plan": "*pro"}
    assert claims(run(path, "--json", "--dependency", "left@^1.3")) == {"plan": "newer"}


def test_a_package_json_beside_an_action_that_requires_nothing_is_not_asked(
    run: Run, write: Any, npm: Registry
) -> None:
    write("package.json", '{"dependencies": {"nothing-like-it": "1"}}')
    assert run(write("action.js", "exports.onExecutePostLogin = async () => {};")).status == 0
    assert npm.asked == []


def test_an_es_module_and_typescript_run_without_packages(run: Run, write: Any, npm: Registry) -> None:
    module = write(
        "action.mjs", "export const onExecutePostLogin = async (e, api) => { api.idToken.setCustomClaim('a', 1); };"
    )
    assert claims(run(module, "--json")) == {"a": 1}
    default = "export default { async onExecutePostLogin(event, api) { api.idToken.setCustomClaim('a', 2); } };"
    assert claims(run(write("default.js", default), "--json")) == {"a": 2}
    typed = write("action.ts", "export const onExecutePostLogin = async (_e: any, api: any): Promise<void> => {};\n")
    assert run(typed).status == 0


def test_an_error_shows_the_authors_line_and_the_packages(run: Run, write: Any, npm: Registry) -> None:
    code = (
        "import left from 'left';\n\ntype Plan = { name?: string };\n\n"
        "export async function onExecutePostLogin(event: any): Promise<void> {\n"
        "  const plan: Plan = {};\n  left(plan.name);\n}\n"
    )
    finished = run(write("action.ts", code), "--dependency", "left")
    assert finished.status == 1
    assert "(left/index.js:2:" in finished.out
    assert "onExecutePostLogin (action.ts:7:" in finished.out
    assert "7 |   left(plan.name);" in finished.out


@pytest.mark.parametrize(
    ("code", "option", "error", "says"),
    [
        (CODE, "left@9", "package_version_not_found", "left@9"),
        (CODE, "not a name", "dependency_invalid", "no name of an npm package"),
        ("import left from 'right';\n", "left", "import_unresolved", "(action.js:1:18)"),
    ],
)
def test_what_cannot_be_built_is_said_and_nothing_runs(
    code: str, option: str, error: str, says: str, run: Run, write: Any, npm: Registry
) -> None:
    finished = run(write("action.js", code), "--dependency", option, "--json")
    assert finished.status == 2
    told = json.loads(finished.err)["error"]
    assert told["code"] == error
    assert says in told["message"]
    assert told["hint"]


def test_modules_are_named_by_an_option_and_have_packages_of_their_own(run: Run, write: Any, npm: Registry) -> None:
    crm = write(
        "modules/crm.ts", "import left from 'left';\nexport const tell = (): string => left(actions.secrets.K);\n"
    )
    write("modules/package.json", json.dumps({"dependencies": {"left": "1"}}))
    path = write(
        "action.js",
        "const { tell } = require('actions:crm');\n"
        "exports.onExecutePostLogin = async (event, api) => api.idToken.setCustomClaim('plan', tell());\n",
    )
    options = ("--module", f"crm={crm}", "--secret", "K=topsecret", "--json")
    assert claims(run(path, *options)) == {"plan": "****"}
    failed = run(path, "--module", f"crm={crm}")
    assert "no text" in failed.out
    assert "(actions:crm.ts:2:" in failed.out
    for wrong, says in (("crm", "names no file"), ("a b=c.js", "a module's name is"), (f"other={crm}", "no module")):
        assert says.lower() in run(path, "--module", wrong).err.lower()
