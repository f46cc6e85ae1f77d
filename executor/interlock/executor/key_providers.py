"""Where a process gets its key-encryption keys from."""

import shlex

from interlock.executor.errors import SettingsRefused
from interlock.executor.settings import PREFIX, Settings
from interlock.secrets import CommandKeys, FileKeys, KeyProvider, SecretValue, TextKeys


def provider(settings: Settings, *, generate: bool = False) -> KeyProvider:
    """Return the provider that the settings name. Raises SettingsRefused when they name none.

    `generate`: make the key file when there is none and nothing is sealed yet. Not for a server: of two processes with
    different paths each would make its own.
    """
    if settings.key is not None:
        return TextKeys(SecretValue(settings.key.get_secret_value()), f"{PREFIX}KEY")
    if settings.key_file is not None:
        return FileKeys(settings.key_file, generate=generate)
    if settings.key_command is not None:
        return CommandKeys(shlex.split(settings.key_command.get_secret_value()))
    raise SettingsRefused(
        "No key-encryption key is named, and secrets are sealed under one.",
        f"Make one with `openssl rand -base64 32 > interlock.key && chmod 600 interlock.key`, keep a copy of it, and "
        f"set {PREFIX}KEY_FILE=interlock.key for the API and for the workers. `interlock dev` makes its own.",
    )
