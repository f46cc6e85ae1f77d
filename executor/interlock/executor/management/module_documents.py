"""What modules and their versions are asked and answered as."""

from typing import Any, Final

from pydantic import Field

from interlock.executor.api.models import Body, written_moment
from interlock.executor.service.publishing import Published
from interlock.executor.store.modules import Use
from interlock.executor.store.versions import Version
from interlock.secrets import Listed
from interlock.worker.triggers import Catalogue

MOST_SECRETS: Final = 200
MOST_DEPENDENCIES: Final = 100


class GivenDependency(Body):
    """A package, by name and version. No registry: a module's come from where the operator's builds do."""

    name: str
    version: str


class GivenSecret(Body):
    """A secret. Without a value it keeps the one that is stored."""

    name: str
    value: str | None = Field(default=None, repr=False)


class NewModule(Body):
    """A module to be made. `publish`: at once. Tools that import an export send its `id` along, which means nothing."""

    name: str
    code: str
    dependencies: list[GivenDependency] = Field(default=[], max_length=MOST_DEPENDENCIES)
    secrets: list[GivenSecret] = Field(default=[], max_length=MOST_SECRETS)
    api_version: str | None = None
    publish: bool = False
    id: str | None = None


class ChangedModule(Body):
    """What a module becomes; what is not said stays."""

    code: str | None = None
    dependencies: list[GivenDependency] | None = Field(default=None, max_length=MOST_DEPENDENCIES)
    secrets: list[GivenSecret] | None = Field(default=None, max_length=MOST_SECRETS)


class Rollback(Body):
    """Which version the draft becomes again."""

    module_version_id: str


def dependencies(wanted: list[GivenDependency]) -> tuple[dict[str, str], ...]:
    """Return packages as drafts keep them."""
    return tuple({"name": each.name, "version": each.version} for each in wanted)


def module(shown: Published, stored: list[Listed]) -> dict[str, Any]:
    """Return a module. What there is not is left out: tools write what is null into their files."""
    answer: dict[str, Any] = {
        "id": shown.module.id,
        "name": shown.module.name,
        "code": shown.draft.code,
        "dependencies": _packages(shown.draft.dependencies),
        "secrets": _secrets(shown.draft.secret_names, stored),
        "all_changes_published": shown.is_draft,
        "actions_using_module_total": len(shown.uses),
        "created_at": written_moment(shown.module.created_at),
        "updated_at": written_moment(max(shown.module.updated_at, shown.draft.updated_at)),
    }
    if shown.latest is not None:
        answer["latest_version_number"] = shown.latest.number
        answer["latest_version"] = version(shown.latest, stored)
    return answer


def version(published: Version, stored: list[Listed]) -> dict[str, Any]:
    """Return a version of a module."""
    return {
        "id": published.id,
        "module_id": published.action_id,
        "version_number": published.number,
        "code": published.code,
        "dependencies": _packages(published.dependencies),
        "secrets": _secrets(published.secret_names, stored),
        "created_at": written_moment(published.created_at),
    }


def _packages(named: Any) -> list[dict[str, str]]:
    # Nothing else stands in an entry: tools refuse to read it back.
    return [{"name": each["name"], "version": each["version"]} for each in named]


def _secrets(names: tuple[str, ...], stored: list[Listed]) -> list[dict[str, str]]:
    known = {secret.name: secret.updated_at for secret in stored}
    return [
        {"name": name, "updated_at": written_moment(known[name])} if name in known else {"name": name} for name in names
    ]


def use(found: Use, catalogue: Catalogue) -> dict[str, Any]:
    """Return an action that has a module in it."""
    return {
        "action_id": found.action_id,
        "action_name": found.action_name,
        "module_version_id": found.version_id,
        "module_version_number": found.number,
        "supported_triggers": [{"id": found.trigger, "version": catalogue.get(found.trigger).version}],
    }
