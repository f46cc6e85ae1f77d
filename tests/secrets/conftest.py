"""What the tests of secrets share: a store in memory, and a process that has opened it."""

import pytest

from interlock.secrets import MemorySecretStore
from secret_processes import Opened, start


@pytest.fixture
def store() -> MemorySecretStore:
    return MemorySecretStore()


@pytest.fixture
async def opened(store: MemorySecretStore) -> Opened:
    return await start(store, 1)
