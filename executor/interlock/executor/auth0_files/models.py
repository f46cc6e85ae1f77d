"""The deploy tool's files as they come in: what it writes, and what people write for it by hand.

A key that nothing here knows is kept apart, to be told; null is what is left out.
"""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_ITEMS: Final = 1_000
LONGEST: Final = 1_000
"""Of a name: what is longer is no name of anything, and would only fill messages."""

MARKER: Final = "_VALUE_NOT_SHOWN_"
"""What stands for a value that is not told, in exports of other things: never a value."""


def _text(value: object) -> object:
    # In YAML a version may look like a number, a secret's value too.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Name = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Text = Annotated[str, BeforeValidator(_text), Field(max_length=LONGEST)]
Value = Annotated[str, BeforeValidator(_text), Field(max_length=1 << 20)]


class FileModel(BaseModel):
    """A part of a file. `extra` holds what is not known."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, hide_input_in_errors=True)

    @property
    def unknown(self) -> list[str]:
        """Return the keys that are not known."""
        return sorted(self.__pydantic_extra__ or {})


class SecretFile(FileModel):
    """A secret, without its value as the tool writes it."""

    name: Name
    value: Value | None = None
    updated_at: Any = None


class DependencyFile(FileModel):
    """A package of npm."""

    name: Name
    version: Text = "latest"
    registry_url: str | None = None


class TriggerFile(FileModel):
    """A trigger that an action supports."""

    id: Name
    version: Text | None = None
    url: Any = None
    status: Any = None
    runtimes: Any = None
    default_runtime: Any = None
    compatible_triggers: Any = None
    binding_policy: Any = None


class ModuleReferenceFile(FileModel):
    """A module that an action has in it."""

    module_name: Name
    module_version_number: int | None = None
    module_id: Any = None
    module_version_id: Any = None


Items = Annotated[list[Any], Field(max_length=MOST_ITEMS)]


class ActionFile(FileModel):
    """An action. `code` names a file."""

    name: Name
    code: Annotated[str, Field(max_length=4_096)] | None = None
    supported_triggers: Annotated[list[TriggerFile], Field(min_length=1, max_length=MOST_ITEMS)]
    runtime: Text | None = None
    dependencies: Annotated[list[DependencyFile], Field(max_length=MOST_ITEMS)] | None = None
    secrets: Annotated[list[SecretFile], Field(max_length=MOST_ITEMS)] | None = None
    modules: Annotated[list[ModuleReferenceFile], Field(max_length=MOST_ITEMS)] | None = None
    deployed: bool | None = None
    status: Any = None
    id: Any = None
    all_changes_deployed: Any = None
    installed: Any = None
    installed_integration_id: Any = None
    created_at: Any = None
    updated_at: Any = None


class ModuleFile(FileModel):
    """A module. `code` names a file."""

    name: Name
    code: Annotated[str, Field(max_length=4_096)] | None = None
    dependencies: Annotated[list[DependencyFile], Field(max_length=MOST_ITEMS)] | None = None
    secrets: Annotated[list[SecretFile], Field(max_length=MOST_ITEMS)] | None = None
    all_changes_published: bool | None = None
    latest_version_number: int | None = None
    actions_using_module_total: Any = None
    latest_version: Any = None
    id: Any = None
    created_at: Any = None
    updated_at: Any = None


class BoundFile(FileModel):
    """An action at its place in a trigger's order."""

    action_name: Name
    display_name: Text | None = None
    secrets: Annotated[list[SecretFile], Field(max_length=MOST_ITEMS)] | None = None
    id: Any = None
