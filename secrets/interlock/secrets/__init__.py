"""Secrets of tenants: this part keeps their values sealed at rest and out of everything that people read.

A `Vault` sets, lists, removes and resolves them on a `SecretStore`, with keys from a provider that `unlock` has
checked; `rotate_key_encryption_key` and `rotate_data_key` give what is stored new keys. `Masker` hides the values of
one run in text and in JSON before either is printed or stored.
"""

from interlock.secrets.data_keys import DataKeys
from interlock.secrets.documents import Documents, Sealed
from interlock.secrets.errors import (
    KeyCommandFailed,
    KeyFileFailed,
    KeyFileMissing,
    KeyFileUnsafe,
    KeyMissing,
    KeyRefused,
    KeysUnusable,
    KeyWrong,
    NameRefused,
    NotCopied,
    SealBroken,
    SecretNotFound,
    SecretRefused,
    SecretsBusy,
    SecretsError,
    TooManySecrets,
    ValueNotMaskable,
    ValueRefused,
)
from interlock.secrets.keyring import Keyring, unlock
from interlock.secrets.keys import KeyEncryptionKey, KeyProvider, LocalKey
from interlock.secrets.limits import Limits, check_name, check_value
from interlock.secrets.masking import JSON, MASK, SHORTEST_MASKED, Masker
from interlock.secrets.memory import MemorySecretStore
from interlock.secrets.providers import CommandKeys, FileKeys, TextKeys
from interlock.secrets.reading import read_value
from interlock.secrets.records import RecordKey, RecordKeys
from interlock.secrets.rotation import Resealed, Rewrapped, rotate_data_key, rotate_key_encryption_key
from interlock.secrets.store import DataKey, KeyCheck, Place, Secret, SecretStore
from interlock.secrets.values import SecretValue
from interlock.secrets.vault import Listed, Resolved, Unopened, Used, Vault

__all__ = [
    "JSON",
    "MASK",
    "SHORTEST_MASKED",
    "CommandKeys",
    "DataKey",
    "DataKeys",
    "Documents",
    "FileKeys",
    "KeyCheck",
    "KeyCommandFailed",
    "KeyEncryptionKey",
    "KeyFileFailed",
    "KeyFileMissing",
    "KeyFileUnsafe",
    "KeyMissing",
    "KeyProvider",
    "KeyRefused",
    "KeyWrong",
    "Keyring",
    "KeysUnusable",
    "Limits",
    "Listed",
    "LocalKey",
    "Masker",
    "MemorySecretStore",
    "NameRefused",
    "NotCopied",
    "Place",
    "RecordKey",
    "RecordKeys",
    "Resealed",
    "Resolved",
    "Rewrapped",
    "SealBroken",
    "Sealed",
    "Secret",
    "SecretNotFound",
    "SecretRefused",
    "SecretStore",
    "SecretValue",
    "SecretsBusy",
    "SecretsError",
    "TextKeys",
    "TooManySecrets",
    "Unopened",
    "Used",
    "ValueNotMaskable",
    "ValueRefused",
    "Vault",
    "check_name",
    "check_value",
    "read_value",
    "rotate_data_key",
    "rotate_key_encryption_key",
    "unlock",
]
