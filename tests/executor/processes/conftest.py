"""Interlock as processes: one that tests share which do it no harm, and a data folder that one has left behind."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from live_system import PATIENCE_S, Processes, System, Tenant, dev

CLAIM = """exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x.io/s', event.secrets.NAME);
};"""


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Commands of a test's own."""
    (tmp_path / "said").mkdir()
    running = Processes(tmp_path / "said")
    yield running
    running.end()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One `dev` for all tests that do it no harm."""
    with dev(tmp_path_factory.mktemp("shared"), "--processes", "1", INTERLOCK_LOG_LEVEL="debug") as running:
        yield running


@dataclass(frozen=True)
class LeftBehind:
    """What a `dev` that was stopped has in its folder."""

    folder: Path
    tenant: str
    key: str


@pytest.fixture(scope="session")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> LeftBehind:
    """A folder with a tenant, a secret and a release, which nobody uses any more."""
    with dev(tmp_path_factory.mktemp("first"), "--processes", "1") as system:
        tenant = system.tenant()
        assert tenant.put("secrets/NAME", {"value": "opened-again"}).is_success
        tenant.runs(CLAIM)
        system.process.terminate()
        assert system.process.wait(PATIENCE_S) == 0, system.processes.said()
    return LeftBehind(system.folder, tenant.id, system.key)


@pytest.fixture
def again(left_behind: LeftBehind, tmp_path: Path) -> LeftBehind:
    """A copy of it that a test may harm."""
    folder = tmp_path / "data"
    shutil.copytree(left_behind.folder, folder)
    return LeftBehind(folder, left_behind.tenant, left_behind.key)


@pytest.fixture
def tenant(shared: System) -> Tenant:
    """A tenant of the shared system, without actions."""
    return shared.tenant()


def of_folder(folder: Path) -> list[int]:
    """The processes whose command line or environment names a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in told:
                found.append(int(entry.name))
    return found


@pytest.fixture
def left() -> Callable[[Path], list[int]]:
    """Finds the processes that know a folder."""
    return of_folder
