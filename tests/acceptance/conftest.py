"""Running Interlocks for the tests of this folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.worker import simulate, triggers
from live_system import System, dev


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One Interlock for all tests that do it no harm."""
    with dev(tmp_path_factory.mktemp("system"), "--processes", "2") as running:
        yield running


@pytest.fixture
def harmed(tmp_path: Path) -> Iterator[System]:
    """An Interlock of the test's own, which it may harm."""
    with dev(tmp_path, "--processes", "2") as running:
        yield running
        # Shown with a test that fails.
        sys.stdout.write(running.processes.said()[-20_000:])


@pytest.fixture
def login_event() -> dict[str, object]:
    """An event of post-login, as `interlock event` prints it."""
    return {**simulate.simulated_event(triggers.BUILT_IN.get("post-login"))}


@pytest.fixture
def registered_event() -> dict[str, object]:
    """An event of post-user-registration, which nobody waits for."""
    return {**simulate.simulated_event(triggers.BUILT_IN.get("post-user-registration"))}
