"""`interlock dev` that cannot begin says why, listens nowhere, and leaves nothing behind."""

import base64
import os
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from live_system import PATIENCE_S, Processes, System

Left = Callable[[Path], list[int]]


def refused(processes: Processes, folder: Path, left: Left, *words: str, **environment: str) -> str:
    """Start it, and return what it says."""
    process = processes.start("dev", "--data", str(folder), "--port", "0", *words, environment=environment)
    status = process.wait(PATIENCE_S)
    said = processes.said()
    assert status == 2, said
    assert "Traceback" not in said
    assert not folder.is_dir() or not (folder / "address").exists()
    assert left(folder) == []
    return said


def test_a_second_one_on_the_folder(shared: System, processes: Processes) -> None:
    second = processes.start("dev", "--data", str(shared.folder), "--port", "0")
    assert second.wait(PATIENCE_S) == 2
    assert "error[data_folder_in_use]" in processes.said()
    assert shared.client.get("/ready").is_success
    assert (shared.folder / "address").exists()


def test_a_port_that_is_taken(tmp_path: Path, processes: Processes, left: Left) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused(processes, tmp_path / "data", left, "--port", str(taken.getsockname()[1]))
    assert "error[address_in_use]" in said
    assert "INTERLOCK_PORT" in said
    assert not (tmp_path / "data" / "interlock.sqlite").exists()


def test_a_folder_that_cannot_be_made(processes: Processes, left: Left) -> None:
    assert "error[data_folder_unusable]" in refused(processes, Path("/sys/interlock"), left)


def test_a_setting_that_is_wrong(tmp_path: Path, processes: Processes, left: Left) -> None:
    said = refused(processes, tmp_path / "data", left, INTERLOCK_REDIS_URL="localhost:6379")
    assert "error[settings_invalid]" in said
    assert "localhost" not in said


def remove_key(file: Path) -> None:
    file.unlink()


def replace_key(file: Path) -> None:
    file.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")


def damage_key(file: Path) -> None:
    file.write_text(file.read_text()[:-8])


@pytest.mark.parametrize("harm", [remove_key, replace_key, damage_key])
def test_a_key_file_that_does_not_open_what_was_sealed(
    harm: Callable[[Path], None], again: Any, processes: Processes, left: Left
) -> None:
    file = again.folder / "key-encryption.key"
    kept = file.read_text()
    harm(file)
    said = refused(processes, again.folder, left)
    assert "key-encryption.key" in said
    # No other key was made in its place.
    assert harm is not remove_key or not file.exists()
    assert not [line for line in kept.splitlines() if not line.startswith("#") and line in said]


def damage_log_of_valkey(folder: Path) -> None:
    for manifest in (folder / "valkey" / "appendonlydir").glob("*.manifest"):
        manifest.write_text("nothing of the kind\n")


def damage_database(folder: Path) -> None:
    (folder / "interlock.sqlite").write_bytes(os.urandom(65_536))


def put_newer_schema(folder: Path) -> None:
    with sqlite3.connect(folder / "interlock.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def put_folder_for_operator_key(folder: Path) -> None:
    (folder / "operator.key").unlink()
    (folder / "operator.key").mkdir()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (damage_log_of_valkey, "valkey_not_started"),
        (damage_database, "store_unavailable"),
        (put_newer_schema, "schema_newer"),
        (put_folder_for_operator_key, "data_folder_unusable"),
    ],
)
def test_a_folder_that_was_damaged(
    harm: Callable[[Path], None], code: str, again: Any, processes: Processes, left: Left
) -> None:
    harm(again.folder)
    assert f"error[{code}]" in refused(processes, again.folder, left)
