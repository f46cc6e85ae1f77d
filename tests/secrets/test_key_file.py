import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.secrets import FileKeys, KeyFileFailed, KeyFileMissing, KeyFileUnsafe, KeyRefused
from secret_processes import key_text

MAKE = """
import asyncio, sys
from pathlib import Path
from interlock.secrets import FileKeys
provider = FileKeys(Path(sys.argv[1]), generate=True)
print("ready", flush=True)
sys.stdin.readline()
print([key.id for key in asyncio.run(provider.load(first=True))])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kek"


async def ids(path: Path, *, generate: bool = False) -> list[str]:
    return [key.id for key in await FileKeys(path, generate=generate).load(first=True)]


async def test_a_key_file_is_made_when_asked_for_its_owner_alone_and_read_ever_after(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "kek"
    mask = os.umask(0)
    try:
        made = await ids(path, generate=True)
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert await ids(path) == await ids(path, generate=True) == made
    assert [entry.name for entry in path.parent.iterdir()] == ["kek"]


async def test_making_a_key_prints_nothing(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    await ids(path, generate=True)
    assert tuple(capfd.readouterr()) == ("", "")


async def test_without_being_asked_no_key_is_made(path: Path) -> None:
    with pytest.raises(KeyFileMissing, match=str(path)):
        await ids(path)
    with pytest.raises(KeyFileMissing):
        await FileKeys(path, generate=True).load(first=False)
    assert not path.exists()


def test_processes_that_make_the_file_at_once_all_get_the_same_key(path: Path) -> None:
    command = [sys.executable, "-c", MAKE, str(path)]
    makers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for maker in makers:
        assert maker.stdout
        assert maker.stdout.readline() == "ready\n"
    made = set()
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("go\n")
        maker.stdin.flush()
    for maker in makers:
        made.add(maker.communicate(timeout=60)[0])
        assert maker.returncode == 0
    assert len(made) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["kek"]


async def test_who_loses_the_race_for_the_file_reads_the_winners_key(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def beaten(source: Path, target: Path) -> None:
        path.touch(0o600)
        path.write_text(key_text(1))
        link(source, target)

    monkeypatch.setattr(os, "link", beaten)
    made = await ids(path, generate=True)
    assert made == await ids(path)
    assert path.read_text() == key_text(1)
    assert [entry.name for entry in path.parent.iterdir()] == ["kek"]


async def test_an_added_key_is_the_newest_and_the_old_one_stays(path: Path) -> None:
    (old,) = await ids(path, generate=True)
    provider = FileKeys(path, clock=lambda: datetime(2026, 1, 2, tzinfo=UTC))
    new = await provider.add()
    assert await ids(path) == [old, new]
    assert f"# {new}, made 2026-01-02\n" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["kek"]


async def test_keys_added_at_once_are_all_kept(path: Path) -> None:
    (old,) = await ids(path, generate=True)
    added = await asyncio.gather(*(FileKeys(path).add() for _ in range(8)))
    assert (await ids(path))[0] == old
    assert sorted((await ids(path))[1:]) == sorted(added)


async def test_no_key_is_added_to_a_file_that_is_missing_or_holds_something_else(path: Path) -> None:
    with pytest.raises(KeyFileMissing):
        await FileKeys(path).add()
    write(path, "something else")
    with pytest.raises(KeyRefused):
        await FileKeys(path).add()
    assert path.read_text() == "something else"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601, 0o644])
async def test_a_file_that_others_can_reach_is_refused(path: Path, mode: int) -> None:
    write(path, key_text(1))
    path.chmod(mode)
    with pytest.raises(KeyFileUnsafe, match=f"has the permissions {mode:04o}.*chmod 600"):
        await ids(path)


async def test_a_file_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, key_text(1))
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    with pytest.raises(KeyFileUnsafe, match="belongs to user"):
        await ids(path)


async def test_a_link_a_folder_and_a_pipe_are_refused(path: Path, tmp_path: Path) -> None:
    write(tmp_path / "real", key_text(1))
    path.symlink_to(tmp_path / "real")
    with pytest.raises(KeyFileUnsafe, match="is a link"):
        await ids(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(KeyFileUnsafe, match="no regular file"):
        await ids(path)
    path.rmdir()
    os.mkfifo(path, 0o600)
    with pytest.raises(KeyFileUnsafe, match="no regular file"):
        await ids(path)


async def test_a_link_that_leads_nowhere_is_not_followed_to_make_a_key(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFileUnsafe, match="is a link"):
        await ids(path, generate=True)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("length", range(44))
async def test_a_file_that_was_cut_is_refused(path: Path, length: int) -> None:
    write(path, key_text(1)[:length])
    if length == 43:
        assert len(await ids(path)) == 1  # only the padding is gone
        return
    with pytest.raises(KeyRefused, match="in the key file"):
        await ids(path)


async def test_a_file_that_is_too_large_is_refused(path: Path) -> None:
    write(path, "#" * 70_000)
    with pytest.raises(KeyRefused, match="more than 65,536 bytes"):
        await ids(path)


async def test_a_file_of_other_bytes_is_refused(path: Path) -> None:
    path.touch(0o600)
    path.write_bytes(b"\xff\xfe\0hunter22")
    with pytest.raises(KeyRefused) as raised:
        await ids(path)
    assert "hunter22" not in str(raised.value)


async def test_what_the_system_refuses_is_said(tmp_path: Path) -> None:
    write(tmp_path / "file", "x")
    with pytest.raises(KeyFileFailed, match="could not be read or written: Not a directory"):
        await ids(tmp_path / "file" / "kek")


def write(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text)
