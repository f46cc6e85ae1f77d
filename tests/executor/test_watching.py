"""What was saved in a project, and its secrets file."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from interlock.executor.errors import SecretRefused
from interlock.executor.local import local_secrets, watching


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("interlock.toml", "actions/a/action.js", "node_modules/x/index.js", ".git/hook.js", "types/b.ts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    return tmp_path


async def saved(folder: Path, *also: Path) -> list[str]:
    """What is given next."""
    seen = watching.look(folder, also)
    moments = watching.saves(folder, lambda: also, look_s=0, settled_s=0, seen=seen)
    async with asyncio.timeout(10):
        return await anext(moments)


def names(folder: Path) -> set[str]:
    return {str(Path(path).relative_to(folder)) for path in watching.look(folder)}


def test_only_files_that_can_be_deployed_are_looked_at(project: Path) -> None:
    (project / "notes.md").write_text("")
    (project / "actions" / ".action.js.swp").write_text("")
    assert names(project) == {"interlock.toml", "actions/a/action.js"}


async def test_a_file_that_takes_anothers_place_is_a_save(project: Path) -> None:
    action = project / "actions" / "a" / "action.js"
    before = watching.look(project)
    times = action.stat()
    beside = project / "actions" / "a" / "new.tmp"
    beside.write_text("2")
    os.utime(beside, ns=(times.st_atime_ns, times.st_mtime_ns))  # the same size and the same time
    beside.replace(action)
    moments = watching.saves(project, look_s=0, settled_s=0, seen=before)
    async with asyncio.timeout(10):
        assert await anext(moments) == [str(action)]


async def test_several_saves_at_once_are_given_when_they_have_settled(project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / ".shared.js"
    elsewhere.write_text("1")
    waiting = asyncio.create_task(saved(project, elsewhere))
    await asyncio.sleep(0)
    (project / "interlock.toml").unlink()
    (project / "actions" / "b.ts").write_text("")
    elsewhere.write_text("22")
    found = {Path(path).name for path in await waiting}
    assert found
    assert found <= {"interlock.toml", "b.ts", ".shared.js"}


def test_a_folder_that_went_away_has_nothing(project: Path) -> None:
    assert watching.look(project / "gone") == {}
    (project / "actions" / "a").chmod(0)
    try:
        watching.look(project)
    finally:
        (project / "actions" / "a").chmod(stat.S_IRWXU)


def test_secrets_are_lines_of_names_and_values(tmp_path: Path) -> None:
    assert local_secrets.read(tmp_path) == {}
    (tmp_path / "secrets.env").write_text("# a\n\nA=b=c # d\nexport B = 'x y'\nC=\n")
    assert local_secrets.read(tmp_path) == {"A": "b=c # d", "B": "x y", "C": ""}


@pytest.mark.parametrize("line", ["hunter2", "1=hunter2", "A B=hunter2", f"A={'hunter2' * 999}", "OK=hunter2"])
def test_a_line_that_is_no_secret_is_named_by_its_number_alone(tmp_path: Path, line: str) -> None:
    (tmp_path / "secrets.env").write_text(f"OK=1\n{line}\n")
    with pytest.raises(SecretRefused) as refused:
        local_secrets.read(tmp_path)
    assert "secrets.env:2:" in refused.value.message
    assert "hunter2" not in refused.value.message + refused.value.hint
