from pathlib import Path

import pytest

PARTS = ("executor", "sandbox", "secrets", "worker")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's folder."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def packages(root: Path) -> list[Path]:
    """The folder of each part's package."""
    return [root / part / "interlock" / part for part in PARTS]


@pytest.fixture(scope="session")
def python_folders(packages: list[Path]) -> list[Path]:
    """Every folder of ours that holds product modules."""
    return sorted({path.parent for package in packages for path in package.rglob("*.py")})
