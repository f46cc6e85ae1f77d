"""The layout of four source roots and one namespace package: docs/ARCHITECTURE.md says why it is so."""

import importlib.util
import sysconfig
from pathlib import Path

import pytest

import interlock

# `secrets` is the folder that could hide it.
STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


def test_the_standard_librarys_secrets_is_never_shadowed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    monkeypatch.syspath_prepend(str(root))
    found = importlib.util.find_spec("secrets")
    assert found is not None
    assert found.origin == str(STANDARD_LIBRARY / "secrets.py")


def test_interlock_is_a_namespace_of_four_source_roots(root: Path) -> None:
    found = importlib.util.find_spec("interlock")
    assert found is not None
    assert found.origin is None
    assert {Path(place) for place in interlock.__path__} == {
        root / part / "interlock" for part in ("executor", "sandbox", "secrets", "worker")
    }


def test_the_two_upper_levels_have_no_init_file(root: Path, packages: list[Path]) -> None:
    upper = [folder for package in packages for folder in (package.parent, package.parent.parent)]
    assert [folder for folder in [root, *upper] if (folder / "__init__.py").exists()] == []


def test_every_folder_of_modules_below_them_has_an_init_file(python_folders: list[Path]) -> None:
    assert [folder for folder in python_folders if not (folder / "__init__.py").exists()] == []


def test_every_part_says_that_it_is_typed(packages: list[Path]) -> None:
    assert [package for package in packages if not (package / "py.typed").exists()] == []


def test_the_tests_are_no_packages(root: Path) -> None:
    assert list((root / "tests").rglob("__init__.py")) == []


def test_every_top_level_folder_says_what_it_is_for(root: Path) -> None:
    folders = ("executor", "worker", "sandbox", "secrets", "tests", "examples", "bench", "docs", "requirements")
    assert [name for name in folders if not (root / name / "README.md").exists()] == []
