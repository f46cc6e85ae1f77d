"""What there is to look at: an installation of servers, the folder of `interlock dev`, only commands, or nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from interlock.executor import key_providers
from interlock.executor.data_folder import DataFolder
from interlock.executor.embedded import SOCKET
from interlock.executor.errors import SettingsRefused
from interlock.executor.settings import Settings
from interlock.secrets import FileKeys, KeyProvider

Kind = Literal["servers", "dev", "commands", "nothing"]


@dataclass(frozen=True, slots=True)
class Situation:
    """The settings, and what `interlock dev` left where they leave it open."""

    kind: Kind
    settings: Settings

    @property
    def folder(self) -> DataFolder:
        """The data folder, whether or not it is there."""
        return self.settings.folder

    @property
    def redis_url(self) -> str | None:
        """The URL of Redis, or of the Valkey that `interlock dev` runs in the data folder; None: there is none."""
        if self.settings.redis_url is not None:
            return self.settings.redis_url.get_secret_value()
        socket = self.folder.valkey.resolve() / SOCKET
        return f"unix://{socket}" if there(socket) else None

    @property
    def provider(self) -> KeyProvider | None:
        """Where keys come from; None: nobody says."""
        try:
            return key_providers.provider(self.settings)
        except SettingsRefused:
            return FileKeys(self.folder.key_file) if there(self.folder.key_file) else None


def of(settings: Settings) -> Situation:
    """Return what there is to look at with these settings."""
    return Situation(_kind(settings), settings)


def _kind(settings: Settings) -> Kind:
    if settings.redis_url is not None:
        return "servers"
    if there(settings.folder.valkey) or there(settings.folder.operator_key):
        return "dev"
    if settings.database_url is not None or there(settings.folder.database):
        return "servers"
    return "commands" if settings.url is not None else "nothing"


def there(path: Path) -> bool:
    """Whether there is something. What we may not look at is there, for all we know: a check then says why."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True
