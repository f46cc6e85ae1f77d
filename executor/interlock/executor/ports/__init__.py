"""What worker and secrets need from further out, on the store: their interfaces, implemented."""

from interlock.executor.ports.executions import StoredExecutions
from interlock.executor.ports.lookups import HttpLookups
from interlock.executor.ports.releases import StoredReleases
from interlock.executor.ports.secret_store import StoredSecretStore
from interlock.executor.ports.secrets import StoredSecrets
from interlock.executor.ports.suspensions import StoredSuspensions

__all__ = [
    "HttpLookups",
    "StoredExecutions",
    "StoredReleases",
    "StoredSecretStore",
    "StoredSecrets",
    "StoredSuspensions",
]
