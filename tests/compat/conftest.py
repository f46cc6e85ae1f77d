"""The servers that packages talk to, once a session, and the sandbox with a network that leads to them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import compat_runs
import stage
from compat_cases import FOLDER
from compat_runs import Runs
from stage import Stage


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    assert (FOLDER / "node_modules").is_dir(), "run `make compat-packages` first: tests fetch nothing"
    with stage.opened(Path(tmp_path_factory.mktemp("stage"))) as opened:
        yield opened


@pytest.fixture
async def runs(servers: Stage) -> AsyncIterator[Runs]:
    async with compat_runs.opened(servers) as opened:
        yield opened
