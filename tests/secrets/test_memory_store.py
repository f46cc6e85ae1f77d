import pytest

from interlock.secrets import MemorySecretStore, SecretStore
from secret_store_suite import SecretStoreSuite


class TestMemorySecretStore(SecretStoreSuite):
    @pytest.fixture
    def store(self) -> SecretStore:
        return MemorySecretStore()
