"""Key-encryption keys: whether there are any, and whether they open what is sealed. Where they lie is not told."""

import re
from typing import Final

from interlock.executor import store
from interlock.executor.diagnosis.findings import Finding
from interlock.executor.ports import StoredSecretStore
from interlock.secrets import FileKeys, KeyProvider, SecretsError, unlock

PART: Final = "keys"

_NONE: Final = Finding(
    PART,
    "wrong",
    "there is no key-encryption key",
    "Set INTERLOCK_KEY_FILE, INTERLOCK_KEY_COMMAND or INTERLOCK_KEY, as for `interlock api` and `interlock worker`.",
)
_HINTS: Final = {
    "kek_file_unsafe": "Make it yours alone: chmod 600, and chown to the user who runs Interlock.",
    "kek_file_missing": "Put the file back from your copy, or correct INTERLOCK_KEY_FILE.",
    "kek_missing": "Put the key back from your copy: without it those secrets cannot be read.",
    "kek_wrong": "Restore the key from your copy.",
}
_OTHERWISE: Final = "docs/OPERATING.md says what keys look like, and where they come from."
_PATH: Final = re.compile(r"(?<!\w)/\S*[^\s.,;:]")


async def against(database: store.Database, provider: KeyProvider | None) -> Finding:
    """Say whether the keys open what this database holds. Nothing is written."""
    if provider is None:
        return _NONE
    secrets = StoredSecretStore(database)
    if not await secrets.key_checks():
        return await alone(provider, "nothing is sealed yet")
    try:
        keyring = await unlock(secrets, provider)
        wrapping = await keyring.wrapping(secrets)
    except SecretsError as error:
        return _refused(error)
    return Finding(PART, "ok", f"{wrapping.id}, from {_source(provider)}, opens what is sealed")


async def alone(provider: KeyProvider | None, why: str = "not tried on the database") -> Finding:
    """Say whether there are keys at all."""
    if provider is None:
        return _NONE
    try:
        found = await provider.load(first=False)
    except SecretsError as error:
        return _refused(error)
    count = f"{len(found)} key{'' if len(found) == 1 else 's'}"
    return Finding(PART, "ok", f"{count} in {_source(provider)}; {why}")


def _source(provider: KeyProvider) -> str:
    return "the key file" if isinstance(provider, FileKeys) else provider.source


def _refused(error: SecretsError) -> Finding:
    # A report is copied into tickets and chats: that a file is wrong belongs there, its place does not.
    says = _PATH.sub("(its place)", error.message)
    return Finding(PART, "wrong", says.rstrip("."), _HINTS.get(error.code, _OTHERWISE))
