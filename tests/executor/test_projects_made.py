"""`interlock init`, and `interlock test` in what it makes."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.local import new_project
from interlock.worker import triggers
from npm_registry import ESBUILD

Call = Callable[..., Any]
ROOT = Path(__file__).parents[2]
TSC = ROOT / "node_modules" / ".bin" / "tsc"
ALL = [word for trigger in triggers.BUILT_IN for word in ("--trigger", trigger.id)]


@pytest.fixture
def project(tmp_path: Path, interlock: Call, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project for post-login, in which the command is called."""
    folder = tmp_path / "project"
    assert interlock("init", folder).status == 0
    monkeypatch.chdir(folder)
    return folder


def compiled(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `npx tsc` says in a folder, after `npm install`."""
    (folder / "node_modules" / "@types").mkdir(parents=True, exist_ok=True)
    for name, place in (("@types/node", "node-types"), ("undici-types", "undici-types")):
        if not (folder / "node_modules" / name).is_symlink():
            (folder / "node_modules" / name).symlink_to(ROOT / "node_modules" / place)
    return subprocess.run(
        [TSC, "-p", folder, "--pretty", "false"], capture_output=True, text=True, check=False, cwd=folder
    )


def test_what_is_made_passes_its_cases_and_the_compiler_for_every_trigger(
    interlock: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_ESBUILD", str(ESBUILD))
    made = interlock("init", tmp_path / "made", "--typescript", *ALL)
    assert made.status == 0, made.err
    assert [line.split()[:2] for line in made.out.splitlines()[-3:]] == [
        ["interlock", "test"],
        ["interlock", "dev"],
        ["interlock", "deploy"],
    ]
    finished = interlock("test", tmp_path / "made")
    assert finished.status == 0, finished.out + finished.err
    assert f"{len(triggers.BUILT_IN)} passed" in finished.out
    said = compiled(tmp_path / "made")
    assert (said.stdout, said.returncode) == ("", 0)


def test_an_editor_knows_the_members_of_events_and_of_the_api(project: Path) -> None:
    assert compiled(project).stdout == ""
    action = project / "actions" / "on-post-login" / "action.js"
    action.write_text(
        action.read_text().replace("  console", "  event.user.emial;\n  api.idTokn;\n  api.acces.deny('x');\n  console")
    )
    said = compiled(project).stdout.splitlines()
    wrong = [("emial", "email"), ("idTokn", "idToken"), ("acces", "access")]
    for (misspelt, meant), line in zip(wrong, said, strict=True):
        assert f"Property '{misspelt}' does not exist" in line
        assert f"Did you mean '{meant}'?" in line


def test_no_file_is_written_over_and_nothing_is_written_beside_it(interlock: Call, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    (folder / "types").mkdir(parents=True)
    (folder / "README.md").write_text("mine")
    (folder / "types" / "index.d.ts").symlink_to(tmp_path / "nowhere")
    refused = interlock("init", folder)
    assert refused.status == 2
    assert "error[file_in_the_way]" in refused.err
    assert "README.md, types/. Nothing was written." in refused.err
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "types"]
    assert not (tmp_path / "nowhere").exists()


def test_secrets_are_for_their_owner_and_not_for_git(project: Path) -> None:
    assert (project / "secrets.env").stat().st_mode & 0o077 == 0
    ignored = (project / ".gitignore").read_text().splitlines()
    assert {"/secrets.env", "/.interlock/", "node_modules/"} <= set(ignored)


def test_a_project_is_checked_by_what_checks_our_own_code() -> None:
    ours = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert new_project.DEV_DEPENDENCIES["typescript"] == ours["typescript"]
    assert ours["node-types"] == f"npm:@types/node@{new_project.DEV_DEPENDENCIES['@types/node']}"


def test_packages_of_the_project_are_those_of_its_actions(interlock: Call, project: Path) -> None:
    manifest = json.loads((project / "package.json").read_text())
    (project / "package.json").write_text(json.dumps({**manifest, "dependencies": {"../evil": "1"}}))
    action = project / "actions" / "on-post-login" / "action.js"
    action.write_text(f"const left = require('left');\n{action.read_text()}")
    for refused in (
        interlock("test"),
        interlock("run", action, "-t", "post-login", "-e", project / "events" / "post-login.json"),
    ):
        assert refused.status == 2
        assert "../evil" in refused.err
