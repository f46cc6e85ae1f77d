"""Rules that hold for every file that is kept, whatever its language."""

import os
import re
import tomllib
from pathlib import Path

import pytest

OURS = (".py", ".js", ".mjs", ".c", ".h")
LONGEST = 500
NOT_OURS = {"node_modules", "built", "dist", "build", "__pycache__"}
MADE_BY_A_TOOL = {"package-lock.json"}


@pytest.fixture(scope="module")
def files(root: Path) -> list[Path]:
    """Every file of the checkout but what tools and builds make."""
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        # What tools make is not looked into: it is a hundred times as much as what is kept.
        folders[:] = [name for name in folders if not ignored((here / name).relative_to(root))]
        found += [here / name for name in names if not ignored((here / name).relative_to(root))]
    return sorted(path for path in found if path.is_file())


def test_no_source_file_is_longer_than_a_reader_can_hold(files: list[Path]) -> None:
    sources = (path for path in files if path.suffix in OURS)
    assert [path for path in sources if len(path.read_text().splitlines()) > LONGEST] == []


def test_nothing_compiled_is_kept(files: list[Path]) -> None:
    assert [path for path in files if b"\0" in path.read_bytes() and path.suffix != ".png"] == []


def test_lock_files_pin_by_hash_and_name_no_address(root: Path) -> None:
    locks = sorted((root / "requirements").glob("*.lock"))
    assert [lock.name for lock in locks] == ["dev.lock", "engine.lock", "runtime.lock"]
    for lock in locks:
        text = lock.read_text()
        pinned = re.findall(
            r"^[\w.-]+==\S+(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE
        )
        named = [line for line in text.splitlines() if re.match(r"[\w.-]+(==|>| @|$)", line)]
        assert len(pinned) == len(named) > 0
        assert not re.search(r"://|^-|find-links|index-url", text, re.MULTILINE)


def test_the_npm_lock_file_names_no_address(root: Path) -> None:
    text = (root / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity": "sha512-' in text


def test_every_page_that_is_named_exists(root: Path, files: list[Path]) -> None:
    pages = {page.name for page in files if page.suffix == ".md"}
    named = {
        (path.relative_to(root).as_posix(), name)
        for path in files
        if path.suffix in (*OURS, ".md")
        for name in re.findall(r"\b[A-Z][A-Z_]+\.md\b", path.read_text())
    }
    assert sorted((path, name) for path, name in named if name not in pages) == []


def test_every_link_between_pages_leads_somewhere(files: list[Path]) -> None:
    links = (
        (page, target)
        for page in files
        if page.suffix == ".md"
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)\)", page.read_text())
    )
    assert [(page, target) for page, target in links if not (page.parent / target).exists()] == []


def test_the_changelog_begins_with_this_version(root: Path) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## (\S+)", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == version


def ignored(path: Path) -> bool:
    """Whether a tool or a build made it."""
    hidden = any(part.startswith(".") and part not in {".ci", ".gitignore", ".npmrc"} for part in path.parts)
    return hidden or not NOT_OURS.isdisjoint(path.parts) or path.name in MADE_BY_A_TOOL
