"""What hostile actions and packages bring into a bundle (hostile.json): nothing of the machine that builds them.

Each is tried as the kernel confines esbuild, and again without that: then it is our own look at what esbuild read.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.errors import BuildRefused
from interlock.executor.packages import Lock, children, confinement, trees
from interlock.executor.packages.bundling import Bundler
from interlock.executor.packages.limits import DEFAULT
from npm_registry import ESBUILD

CANARY = "Xk93"
CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "hostile.json").read_text("ascii"))["cases"]
UNCONFINED = [case for case in CASES if case.get("unconfined") != "untried"]

confined = pytest.mark.skipif(confinement.version() < confinement.LEAST_VERSION, reason="this kernel has no Landlock")


@dataclass(frozen=True)
class Machine:
    """A builder's machine: a folder of its own, and one in it for builds."""

    there: Path
    builds: Path

    def written(self, value: Any) -> Any:
        """Return a text of a case, or all in a document, with the machine's folder in it."""
        if isinstance(value, Mapping):
            return {self.written(key): self.written(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.written(each) for each in value]
        return value.replace("{up}", "../" * 20 + str(self.there)[1:]).replace("{there}", str(self.there))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    there = tmp_path / "there"
    (there / "node_modules" / "above").mkdir(parents=True)
    (there / "node_modules" / "above" / "index.js").write_text(f"module.exports = '{CANARY}';")
    (there / "secret.json").write_text(json.dumps({"value": CANARY}))
    (there / "secret.js").write_text(f"module.exports = '{CANARY}';")
    (there / "secret.txt").write_text(CANARY)
    (there / "secret.css").write_text(f".{CANARY} {{}}")
    (there / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": {"jsx": "react", "jsxFactory": CANARY, "paths": {"x": [CANARY]}}})
    )
    (there / "secret.map").write_text(
        json.dumps(
            {
                "version": 3,
                "sources": [f"/{CANARY}.js"],
                "sourcesContent": [CANARY],
                "names": [CANARY],
                "mappings": "AAAAA",
            }
        )
    )
    builds = there / "builds"
    builds.mkdir()
    return Machine(there, builds)


async def came(case: Mapping[str, Any], machine: Machine) -> str:
    """Bundle a case; return the refusal's code, or `built`. Nothing of the machine may be in what comes of it."""
    work, packages = machine.builds / "work", None
    work.mkdir()
    if "files" in case:
        packages = machine.builds / "packages"
        for name, content in machine.written(case["files"]).items():
            path = packages / "node_modules" / "p" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        for name, target in machine.written(case.get("links", {})).items():
            (packages / "node_modules" / "p" / name).symlink_to(target)
    code = machine.written(case.get("code", "exports.x = require('p');"))
    try:
        script = await Bundler(ESBUILD, DEFAULT).bundle(work, code, case.get("language", "javascript"), packages)
    except BuildRefused as refused:
        says = f"{refused.message} {refused.hint}"
        assert CANARY not in says, case["why"]
        assert str(machine.builds) not in says, case["why"]
        return refused.code
    assert CANARY not in script.code, case["why"]
    assert CANARY not in script.source_map, case["why"]
    return "built"


@confined
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
async def test_no_file_of_the_machine_is_read(case: Mapping[str, Any], machine: Machine) -> None:
    assert await came(case, machine) == case["expect"], case["why"]


@pytest.mark.parametrize("case", UNCONFINED, ids=lambda case: case["id"])
async def test_what_was_read_of_the_machine_goes_nowhere(
    case: Mapping[str, Any], machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch = tmp_path / "launch.py"
    launch.write_text(Path(children._LAUNCH).read_text())
    (tmp_path / "confinement.py").write_text("def confine(*_, **__): pass\n")
    monkeypatch.setattr(children, "_LAUNCH", str(launch))
    assert await came(case, machine) == case.get("unconfined", case["expect"]), case["why"]


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_tree_of_packages_with_anything_but_files_in_it_is_refused(kind: str, tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "p"
    package.mkdir(parents=True)
    if kind == "link":
        (package / "odd").symlink_to("/etc/passwd")
    else:
        os.mkfifo(package / "odd")
    with pytest.raises(BuildRefused, match="neither a file nor a folder"):
        trees.check(tmp_path, Lock({"packages": {}}), DEFAULT)
