"""What an operator sets: environment variables `INTERLOCK_...`, read once, checked together, never changed.

A setting that is a secret may be given as `X` or as a file named by `X_FILE`, never both. What is printed of these
settings shows stars in its place.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from interlock.executor.data_folder import DataFolder
from interlock.executor.errors import SettingsRefused

PREFIX: Final = "INTERLOCK_"
NOT_OURS: Final = frozenset({"INTERLOCK_CACHE_DIR"})
"""What others of our parts read by themselves: where the sandbox keeps baked engines."""
_FROM_FILE: Final = ("redis_url", "database_url", "api_key", "lookup_key", "egress_deny", "egress_default")
"""Settings that may hold a password or many lines: `X_FILE` names a file with X. Keys that seal have a provider."""


def _command(command: SecretStr) -> SecretStr:
    try:
        parts = shlex.split(command.get_secret_value())
    except ValueError as error:
        raise ValueError(f"it is not a command: {error}") from None
    if not parts:
        raise ValueError("it names no program")
    return command


class Settings(BaseSettings):
    """Everything that can be set. Made by `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    data: Path = Path(".interlock")
    """The folder of `interlock dev`: database, queue, keys. Made when it is not there, readable by its owner alone."""
    database_url: SecretStr | None = None
    """`postgresql://...` or `sqlite:///path`. By default a file in the data folder."""
    redis_url: SecretStr | None = None
    """`redis://...`, `rediss://...` or `unix://...`. By default `interlock dev` starts a Valkey in the data folder."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8400
    """0: any that is free."""
    processes: Annotated[int, Field(ge=1, le=256)] | None = None
    """Worker processes. By default one a core; `interlock dev` leaves one core to API and queue."""
    in_flight: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    """Executions that one worker process holds at once, nearly all of which wait for servers."""

    retry_s: Annotated[float, Field(ge=0.1, le=3_600)] = 10
    """The pause before a background event is tried a second time. Each one after it is three times as long."""

    key: SecretStr | None = None
    """Key-encryption keys as text, the newest last."""
    key_file: Path | None = None
    """A file that holds them, readable by its owner alone."""
    key_command: Annotated[SecretStr, AfterValidator(_command)] | None = None
    """A command that prints them. No shell reads it. An argument may be a token, so it is never shown."""

    lookup_key: SecretStr | None = None
    """The key that signs requests to tenants' lookup endpoints, `whsec_<base64>`; several apart by blanks, the newest
    first. By default `interlock dev` makes one in the data folder.
    """

    url: str | None = None
    """Where commands find the API. By default that of `interlock dev` in the data folder."""
    api_key: SecretStr | None = None
    """The API key that commands use."""
    tenant: str | None = None
    """The tenant that commands mean when none is named."""

    triggers: Path | None = None
    """A file of triggers that there are beside the documented ones. The same for API, workers and commands."""

    egress_deny: str | None = None
    """Rules of what no action of any tenant may reach, whatever was granted; apart by blanks or commas."""
    egress_default: str | None = None
    """The egress policy, as JSON, of a tenant that is made without one."""

    npm_registry: str | None = None
    """Where packages of actions come from. By default what npm is configured for on this machine."""
    esbuild: Path | None = None
    """The program esbuild, of the version that `packages/esbuild.json` names. By default npm fetches it once."""

    keep_days: Annotated[float, Field(ge=1, le=3_650)] = 10
    """How long executions and their events are kept."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] | None = None
    """By default text on a terminal, and JSON elsewhere."""

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if sum(source is not None for source in (self.key, self.key_file, self.key_command)) > 1:
            raise ValueError(f"give one of {PREFIX}KEY, {PREFIX}KEY_FILE and {PREFIX}KEY_COMMAND")
        return self

    @property
    def folder(self) -> DataFolder:
        """What is where in the data folder."""
        return DataFolder(self.data)

    @property
    def store(self) -> str:
        """The URL of the database."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.folder.database.absolute()}"

    @property
    def has_keys(self) -> bool:
        """Whether a source of key-encryption keys is named."""
        return (self.key, self.key_file, self.key_command) != (None, None, None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's interface
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's interface
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the strongest first."""
        return init_settings, env_settings, _Files(settings_cls)


class _Files(PydanticBaseSettingsSource):
    """Reads the files that `X_FILE` names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - its interface
        """Return the text of a setting's file, or None."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE", "")
        return (_read(field_name, Path(path)) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return every setting that has a file. One that has both is refused: which one is meant cannot be known."""
        found = {name: self.get_field_value(self.settings_cls.model_fields[name], name)[0] for name in _FROM_FILE}
        values = {name: text for name, text in found.items() if text is not None}
        for name in values:
            if os.environ.get(both := PREFIX + name.upper()):
                raise SettingsRefused(f"{both} and {both}_FILE are both set.", "Leave one of them out.")
        return values


def load(**given: Any) -> Settings:
    """Return the settings of the process's environment; what is given and not None comes before it.

    Raises SettingsRefused, which names every setting that is wrong and repeats no value.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(_problem(part) for part in error.errors(include_input=False, include_url=False))
        raise SettingsRefused(f"Settings are wrong: {wrong}.", "Correct them and start again.") from None


def unknown(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of variables that look like settings and are none: one misspelt would otherwise do nothing."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | NOT_OURS
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in _FROM_FILE}
    return tuple(sorted(name for name in environment if name.startswith(PREFIX) and name not in known))


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        what = f"{PREFIX}{name.upper()}_FILE"
        raise SettingsRefused(
            f"The file that {what} names cannot be read: {reason}.", "Check its path and its owner."
        ) from None


def _problem(part: Mapping[str, Any]) -> str:
    where = PREFIX + str(part["loc"][0]).upper() if part["loc"] else ""
    message = str(part["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
