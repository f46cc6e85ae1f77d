"""The folder of `interlock dev`: one process at a time, its owner alone."""

import stat
from pathlib import Path

import pytest

from interlock.executor import data_folder
from interlock.executor.errors import NotStarted


def test_a_second_process_is_refused_and_the_next_one_is_not(tmp_path: Path) -> None:
    with data_folder.held(tmp_path / "data"), pytest.raises(NotStarted) as refused, data_folder.held(tmp_path / "data"):
        pass
    assert refused.value.code == "data_folder_in_use"
    with data_folder.held(tmp_path / "data") as folder:
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        data_folder.write_private(folder.operator_key, "text\n")
        assert stat.S_IMODE(folder.operator_key.stat().st_mode) == 0o600
        assert data_folder.read(folder.operator_key) == "text"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotStarted) as refused, data_folder.held(tmp_path / "file" / "data"):
        pass
    assert refused.value.code == "data_folder_unusable"
