"""From code and dependencies to a bundle: what is chosen, installed once, bundled, and told."""

import asyncio
import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.errors import BuildRefused, BuildUnavailable
from interlock.executor.packages import Lock, Source, open_packager
from interlock.executor.packages.dependencies import Dependency
from interlock.executor.packages.limits import BuildLimits
from interlock.worker import source_maps
from npm_registry import ESBUILD, Registry

HANDLER = "exports.onExecutePostLogin = async () => {};"
LEFT = {"index.js": "module.exports = (text) => ' ' + text;\n"}


async def refused(made: Any) -> BuildRefused:
    with pytest.raises(BuildRefused) as caught:
        await made
    return caught.value


async def test_plain_code_without_packages_is_left_as_it_is_and_nothing_is_started(package: Any, cache: Path) -> None:
    made = await package(HANDLER)
    assert (made.packaged.code, made.packaged.source_map, made.packaged.lock, made.log) == (HANDLER, None, {}, [])
    assert not cache.exists()


async def test_a_package_is_chosen_installed_and_bundled(package: Any, npm: Registry) -> None:
    npm.publish("left", "1.2.0", LEFT, dependencies={"deep": "^2"})
    npm.publish("deep", "2.3.4", {"index.js": "module.exports = 1;"})
    made = await package(f"const left = require('left');\n{HANDLER}", "left@^1")
    assert '" "+text' in made.packaged.code
    places = made.packaged.lock["packages"]
    assert places["node_modules/left"]["version"] == "1.2.0"
    assert places["node_modules/deep"]["integrity"].startswith("sha512-")
    # It can be kept, shown and moved: no address is in it.
    assert "127.0.0.1" not in json.dumps(made.packaged.lock)
    assert [line.split(" in ")[0] for line in made.log] == [
        "Versions were chosen",
        "2 packages are installed",
        made.log[2].split(" in ")[0],
    ]
    assert "left@1.2.0" in made.log[0]


async def test_the_same_lock_is_installed_once_and_latest_is_chosen_once(package: Any, npm: Registry) -> None:
    npm.publish("left", "1.0.0", LEFT)
    first = await package("require('left')", "left")
    npm.publish("left", "2.0.0", {"index.js": "changed"})
    asked = len(npm.asked)
    again = await package("require('left');", "left", lock=Lock(first.packaged.lock))
    assert len(npm.asked) == asked
    assert again.packaged.lock == first.packaged.lock
    assert "there already" in again.log[1]
    newest = await package("require('left')", "left")
    assert newest.packaged.lock["packages"]["node_modules/left"]["version"] == "2.0.0"


async def test_the_same_code_and_lock_give_the_same_bytes_in_another_folder(
    package: Any, npm: Registry, tmp_path: Path
) -> None:
    npm.publish("left", "1.0.0", LEFT)
    first = await package("require('left')", "left")
    other = open_packager(
        folder=tmp_path / "other", environment={"HOME": str(tmp_path)}, registry=npm.url, esbuild=ESBUILD
    )
    source = Source("require('left')", "javascript", (Dependency("left"),), Lock(first.packaged.lock))
    assert await other.package(source, lambda _line: None) == first.packaged


async def test_several_at_once_install_the_same_lock_once(package: Any, npm: Registry) -> None:
    npm.publish("left", "1.0.0", LEFT)
    lock = Lock((await package("require('left')", "left")).packaged.lock)
    npm.publish("right", "1.0.0", LEFT)
    lock = Lock((await package("require('left')", "left", "right")).packaged.lock)
    made = await asyncio.gather(*(package("require('left')", "left", "right", lock=lock) for _ in range(3)))
    assert len({each.packaged.code for each in made}) == 1
    assert npm.asked.count("/right/-/right-1.0.0.tgz") == 1


async def test_real_packages_of_commonjs_and_of_modules_are_bundled(package: Any, npm: Registry) -> None:
    npm.publish_real("base64-js")
    npm.publish_real("@noble/hashes")
    npm.publish_real("tr46")
    code = (
        "import { toByteArray } from 'base64-js';\nimport { sha256 } from '@noble/hashes/sha2.js';\n"
        "import tr46 from 'tr46';\n"
        "export const onExecutePostLogin = async () => { sha256(toByteArray('')); tr46.toASCII('x'); };\n"
    )
    made = await package(code, "base64-js", "@noble/hashes", "tr46")
    # tr46 asks for `punycode/`, the package; nothing of Node.
    assert "require(" not in made.packaged.code.replace("__require(", "")


async def test_modules_of_node_stay_required(package: Any, npm: Registry) -> None:
    npm.publish("left", "1.0.0", {"index.js": "module.exports = require('fs/promises');"})
    code = (
        "import net from 'node:net';\nimport * as left from 'left';\nimport { connect } from 'cloudflare:sockets';\n"
        "export const onExecutePostLogin = async () => { net(left, connect, await import('crypto')); };\n"
    )
    made = await package(code, "left")
    for name in ("node:net", "fs/promises", "cloudflare:sockets", "crypto"):
        assert f'require("{name}")' in made.packaged.code
    assert "import(" not in made.packaged.code


async def test_the_edge_is_chosen_before_node(package: Any, npm: Registry) -> None:
    files = {"edge.js": "module.exports = 'edge';", "node.js": "module.exports = 'node';"}
    npm.publish("left", "1.0.0", files, exports={"workerd": "./edge.js", "node": "./node.js"})
    npm.publish("right", "1.0.0", files, exports={"node": "./node.js", "default": "./edge.js"})
    npm.publish("page", "1.0.0", files, main="node.js", browser="edge.js")
    names, lock = ("left", "right", "page"), None
    for name, chosen in zip(names, ("edge", "node", "node"), strict=True):
        made = await package(f"require('{name}')", *names, lock=lock)
        assert f'"{chosen}"' in made.packaged.code
        lock = Lock(made.packaged.lock)


async def test_typescript_loses_its_types_and_keeps_its_lines(package: Any) -> None:
    code = (
        "interface Plan { name: string }\n\n"
        "const plan: Plan = { name: 'pro' };\n"
        "export const onExecutePostLogin = async (event: unknown) => {\n  throw new Error(plan.name as string);\n};\n"
    )
    made = await package(code, filename="roles.ts")
    assert "interface" not in made.packaged.code
    line = made.packaged.code.splitlines()[1]
    place = source_maps.place(made.packaged.source_map, 2, line.index("new Error") + 1)
    assert place == source_maps.Place("", 5, 9)
    assert made.packaged.lock == {}


async def test_a_map_in_the_authors_code_names_the_files_that_it_was_made_of(package: Any) -> None:
    made_of = {"version": 3, "sources": ["src/roles.ts"], "names": [], "mappings": "AAAA"}
    inline = base64.b64encode(json.dumps(made_of).encode()).decode()
    code = f"export const a = 1; throw a;\n//# sourceMappingURL=data:application/json;base64,{inline}"
    made = await package(code)
    assert "src/roles.ts" in made.packaged.source_map


async def test_what_cannot_be_bundled_is_told_with_the_authors_line(package: Any, npm: Registry) -> None:
    npm.publish("left", "1.0.0", {**LEFT, "code.wasm": b"\0asm"})
    lock = Lock((await package("require('left')", "left")).packaged.lock)
    for code, error, says, line in (
        ("const a = 1;\nimport x from 'nothing';", "import_unresolved", "Name nothing among", 2),
        ("import x from '@scope/nothing/deep';", "import_unresolved", "Name @scope/nothing among", 1),
        ("import x from './mine';", "import_unresolved", "one file", 1),
        ("import x from 'left';\nconst a = ;", "syntax_error", "", 2),
        ("import x from 'left';\nawait x;", "import_unsupported", "Await it in the handler", 2),
        ("import x from 'left/code.wasm';", "import_unsupported", "JavaScript", 1),
    ):
        why = await refused(package(code, "left", lock=lock))
        assert (code, why.code, why.line) == (code, error, line)
        assert says in why.hint
        assert "/builds/" not in f"{why} {why.hint}"


@pytest.mark.parametrize("how", ["import x from '{}';", "const x = require('{}');", "module.exports = import('{}');"])
async def test_no_file_of_the_machine_gets_into_a_bundle(how: str, package: Any, npm: Registry, tmp_path: Path) -> None:
    npm.publish("left", "1.0.0", LEFT)
    lock = Lock((await package("require('left')", "left")).packaged.lock)
    (tmp_path / "secret.json").write_text('{"canary": "Xk93"}')
    (tmp_path / "secret.js").write_text("canary Xk93 is no code")
    (tmp_path / "node_modules" / "above").mkdir(parents=True)
    (tmp_path / "node_modules" / "above" / "index.js").write_text("module.exports = 'Xk93';")
    for name in (tmp_path / "secret.json", tmp_path / "secret.js", "../../../secret.json", "above"):
        why = await refused(package(how.format(name), "left", lock=lock))
        assert why.code in {"import_outside", "import_unresolved"}
        assert "Xk93" not in f"{why} {why.hint}"
        assert "canary" not in f"{why} {why.hint}"


async def test_a_package_cannot_bring_a_file_of_the_machine_either(package: Any, npm: Registry, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"canary": "Xk93"}')
    npm.publish("left", "1.0.0", {"index.js": f"module.exports = require('{tmp_path}/secret.json');"})
    assert (await refused(package("require('left')", "left"))).code == "import_outside"


async def test_a_package_that_is_not_there_is_named(package: Any, npm: Registry) -> None:
    npm.publish("left", "1.0.0", LEFT)
    gone = await refused(package("", "nothing-like-it@1"))
    assert (gone.code, "nothing-like-it" in gone.message) == ("package_not_found", True)
    scoped = await refused(package("", "@scope/nothing"))
    assert "@scope/nothing" in scoped.message
    old = await refused(package("", "left@9"))
    assert (old.code, "left@9" in old.message) == ("package_version_not_found", True)


@pytest.mark.parametrize(
    ("files", "manifest"),
    [
        ({"binding.gyp": "{}"}, {}),
        ({"build/Release/fast.node": b"\x7fELF"}, {}),
        ({}, {"gypfile": True}),
    ],
)
async def test_a_native_add_on_is_refused_by_name(
    files: dict[str, Any], manifest: dict[str, Any], package: Any, npm: Registry
) -> None:
    npm.publish("fast", "3.1.4", {**LEFT, **files}, **manifest)
    npm.publish("left", "1.0.0", LEFT, dependencies={"fast": "3"})
    why = await refused(package("require('left')", "left"))
    assert why.code == "native_addon"
    assert "fast@3.1.4" in why.message


async def test_an_optional_native_add_on_is_left_out(package: Any, npm: Registry) -> None:
    npm.publish("fast", "1.0.0", {**LEFT, "binding.gyp": "{}"})
    npm.publish("left", "1.0.0", {"index.js": "try { require('fast') } catch {}"}, optionalDependencies={"fast": "1"})
    made = await package("require('left')", "left")
    assert any("fast@1.0.0" in line for line in made.log)


async def test_nothing_of_a_package_runs(package: Any, npm: Registry, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    scripts = dict.fromkeys(("preinstall", "install", "postinstall", "prepare"), f"touch {ran}")
    npm.publish("left", "1.0.0", LEFT, scripts=scripts)
    made = await package("require('left')", "left")
    assert not ran.exists()
    assert any("install scripts were not run: left@1.0.0" in line for line in made.log)


@pytest.mark.parametrize(
    "spec", ["git+ssh://git@localhost/x.git", "github:a/b", "file:../..", "{url}/left/-/left-1.0.0.tgz"]
)
async def test_what_a_package_needs_comes_from_the_registry_alone(spec: str, package: Any, npm: Registry) -> None:
    npm.publish("left", "1.0.0", LEFT)
    npm.publish("right", "1.0.0", LEFT, dependencies={"other": spec.format(url=npm.url)})
    why = await refused(package("require('right')", "right"))
    assert why.code in {"dependency_refused", "install_failed"}


async def test_an_archive_that_climbs_out_of_its_folder_writes_nothing_there(
    package: Any, npm: Registry, cache: Path
) -> None:
    npm.publish("left", "1.0.0", {**LEFT, "../../../../../climbed": "x", "../../climbed": "x"})
    await package("require('left')", "left")
    assert [path for path in cache.parent.rglob("climbed") if "node_modules" not in path.parts] == []


async def test_another_archive_than_the_one_promised_is_refused(package: Any, npm: Registry) -> None:
    npm.publish("left", "1.0.0", LEFT)
    npm.tamper("left", "1.0.0")
    assert (await refused(package("require('left')", "left"))).code == "install_failed"


async def test_the_bounds_hold(package: Any, packager: Any, npm: Registry) -> None:
    npm.publish(
        "left", "1.0.0", {**LEFT, "large.js": "module.exports = '" + "x" * 50_000 + "'"}, dependencies={"b": "1"}
    )
    npm.publish("b", "1.0.0", LEFT)
    chosen = await packager().installer.resolve((Dependency("left"),))
    for limits, lock, code in (
        (BuildLimits(packages=1), chosen, "too_many_packages"),
        (BuildLimits(files=2), chosen, "packages_too_large"),
        (BuildLimits(installed_bytes=10_000), chosen, "packages_too_large"),
        (BuildLimits(bundle_bytes=10_000), chosen, "bundle_too_large"),
        (BuildLimits(install_s=0.05), None, "install_timeout"),
    ):
        why = await refused(package("require('left/large.js')", "left", lock=lock, limits=limits))
        assert why.code == code
        assert why.hint


@pytest.mark.parametrize(
    ("files", "limits"),
    [
        ({"large.bin": b"\0" * 5_000_000}, BuildLimits(installed_bytes=1)),
        ({f"{number}/empty": "" for number in range(2_000)}, BuildLimits(files=100)),
    ],
)
async def test_packages_without_end_are_ended_while_they_are_installed(
    files: dict[str, Any], limits: BuildLimits, package: Any, npm: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.executor.packages.npm._LOOK_S", 0.01)
    monkeypatch.setattr("interlock.executor.packages.trees.check", None)  # it is not for the end to find
    npm.publish("left", "1.0.0", {**LEFT, **files})
    asked = asyncio.create_task(refused(package("require('left')", "left", limits=limits)))
    why = await asked
    assert (why.code, asked.cancelled()) == ("packages_too_large", False)


async def test_a_registry_that_is_away_is_the_operators_affair(tmp_path: Path) -> None:
    away = open_packager(
        folder=tmp_path / "b", environment={"HOME": str(tmp_path)}, registry="http://127.0.0.1:9", esbuild=ESBUILD
    )
    with pytest.raises(BuildUnavailable) as caught:
        await away.package(Source("", "javascript", (Dependency("left"),)), lambda _line: None)
    assert caught.value.code == "registry_unavailable"
    assert "127.0.0.1" not in caught.value.message


async def test_what_is_kept_is_open_to_its_owner_alone(package: Any, npm: Registry, cache: Path) -> None:
    npm.publish("left", "1.0.0", LEFT)
    await package("require('left')", "left")
    for folder in (cache, cache / "packages", *(cache / "packages").iterdir()):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


async def test_another_esbuild_than_the_pinned_one_is_never_started(npm: Registry, cache: Path, tmp_path: Path) -> None:
    # The same program in another archive: its hash is not the one that this package carries.
    npm.publish_real(ESBUILD.parents[1].relative_to(ESBUILD.parents[3]).as_posix())
    packager = open_packager(folder=cache, environment={"HOME": str(tmp_path)}, registry=npm.url)
    with pytest.raises(BuildUnavailable) as caught:
        await packager.package(Source("export const a = 1;", "javascript"), lambda _line: None)
    assert caught.value.code == "esbuild_missing"
    assert "INTERLOCK_ESBUILD" in caught.value.hint
    assert list(cache.rglob("esbuild")) == []
