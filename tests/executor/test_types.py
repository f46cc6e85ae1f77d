"""`interlock types`: declarations for editors and tsc."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[..., Any]


def test_it_writes_a_package_and_says_how_to_use_it(interlock: Call, tmp_path: Path) -> None:
    folder = tmp_path / "project" / "types"
    finished = interlock("types", str(folder))
    assert finished.status == 0
    assert "interface PostLoginAPI" in (folder / "post-login.d.ts").read_text()
    package = json.loads((folder / "package.json").read_text())
    assert package["name"] == "interlock-actions"
    assert (folder / package["types"]).is_file()
    assert "import('interlock-actions').OnExecutePostLogin" in finished.out
    assert '"paths": {"interlock-actions": ["./types/index.d.ts"]}' in finished.out
    assert interlock("types", str(folder)).status == 0


def test_another_package_is_not_written_over(interlock: Call, tmp_path: Path) -> None:
    package = tmp_path / "package.json"
    for text in ('{"name": "mine"}', "[]", "not JSON"):
        package.write_text(text)
        finished = interlock("types", str(tmp_path))
        assert finished.status == 2
        assert "another package's folder" in finished.err
        assert package.read_text() == text
        assert [entry.name for entry in tmp_path.iterdir()] == ["package.json"]


def test_a_folder_that_cannot_be_made_is_named(interlock: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finished = interlock("types", str(tmp_path / "file" / "types"))
    assert finished.status == 2
    assert "cannot be written" in finished.err
