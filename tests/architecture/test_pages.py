"""Each part's README lists its files: nobody finds a file that no page explains."""

from pathlib import Path

import pytest


@pytest.mark.parametrize("part", ["executor", "sandbox", "secrets", "worker"])
def test_a_parts_page_lists_everything_in_its_package(root: Path, part: str) -> None:
    page = (root / part / "README.md").read_text()
    assert [name for name in listed(root / part / "interlock" / part) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("part", ["sandbox", "worker"])
def test_a_parts_page_lists_everything_in_its_guest_folder(root: Path, part: str) -> None:
    page = (root / part / "README.md").read_text()
    assert [name for name in listed(root / part / "guest") if f"`{name}`" not in page] == []


def listed(folder: Path) -> list[str]:
    """The names a page has to mention: files, and folders with a slash. What tools make and empty markers need none."""
    unlisted = {"__init__.py", "py.typed", "__pycache__", "built"}
    entries = (entry for entry in sorted(folder.iterdir()) if entry.name not in unlisted)
    return [f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries]
