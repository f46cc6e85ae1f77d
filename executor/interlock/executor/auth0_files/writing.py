"""What a tenant has, in the deploy tool's format: for `interlock import auth0`, for the tool itself, for a repository.

No value of a secret is ever written. The same tenant gives the same bytes.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from interlock.executor.auth0_files import names
from interlock.executor.auth0_files.tenant import Action, Dependency, Exported, Module, Secret
from interlock.executor.errors import FileRefused

DIRECTORY: Final = "directory"
YAML: Final = "yaml"
FORMATS: Final = (DIRECTORY, YAML)

_FOLDERS: Final = ("actions", "action-modules", "triggers")
_SUFFIXES: Final = {"javascript": ".js", "typescript": ".ts"}
_PLAIN_STARTS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_PLAIN: Final = _PLAIN_STARTS | frozenset("0123456789_-")
# What a reader of YAML 1.1 or 1.2 takes for something else than a text.
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


def write(tenant: Exported, path: Path, form: str, *, replace: bool = False) -> None:
    """Write an export: into the folder `path`, or as the YAML file `path` with the code beside it.

    Raises FileRefused: folder_taken where there is an export already, unless it is to be replaced; file_unwritable.
    """
    folder = path if form == DIRECTORY else path.parent
    files = directory(tenant) if form == DIRECTORY else {**code(tenant), path.name: yaml_document(tenant)}
    taken = [folder / name for name in (*_FOLDERS, *([] if form == DIRECTORY else [path.name]))]
    try:
        there = [each for each in taken if each.exists() or each.is_symlink()]
        if there and not replace:
            raise FileRefused(
                "folder_taken", f"There is {there[0]} already.", "Name another place, or replace it with --replace."
            )
        for each in _written(folder) if there else ():
            each.unlink()
        for name, text in files.items():
            file = folder / name
            if file.is_symlink() or file.parent.is_symlink():
                raise FileRefused("file_unwritable", f"{file} is a link.", "Name another place.")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8"))
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its text has no UTF-8"
        raise FileRefused("file_unwritable", f"{path} cannot be written: {reason}.") from None


def _written(folder: Path) -> list[Path]:
    """Return the files of an export that is there. What else lies beside them is somebody's, and stays."""
    found = [folder / "triggers" / "triggers.json"]
    for kind in ("actions", "action-modules"):
        if not (folder / kind).is_symlink():
            found += (folder / kind).glob("*.json")
            found += (each / f"code{suffix}" for each in (folder / kind).glob("*") for suffix in _SUFFIXES.values())
    return [each for each in found if each.is_file() and not each.parent.is_symlink()]


def directory(tenant: Exported) -> dict[str, str]:
    """Return the files of the directory form, by their paths."""
    files = dict(code(tenant))
    called = names.of_all(action.name for action in tenant.actions)
    for action in tenant.actions:
        files[f"actions/{called[action.name]}.json"] = _json(_action(action, called))
    called = names.of_all(module.name for module in tenant.modules)
    for module in tenant.modules:
        files[f"action-modules/{called[module.name]}.json"] = _json(_module(module, called))
    files["triggers/triggers.json"] = _json(_triggers(tenant))
    return files


def code(tenant: Exported) -> dict[str, str]:
    """Return the files with code, which both forms have."""
    actions = names.of_all(action.name for action in tenant.actions)
    modules = names.of_all(module.name for module in tenant.modules)
    return {
        **{_code_path("actions", actions[each.name], each.language): each.code for each in tenant.actions},
        **{_code_path("action-modules", modules[each.name], each.language): each.code for each in tenant.modules},
    }


def yaml_document(tenant: Exported) -> str:
    """Return the document of the YAML form."""
    actions = names.of_all(action.name for action in tenant.actions)
    modules = names.of_all(module.name for module in tenant.modules)
    whole = {
        "actions": [_action(action, actions) for action in tenant.actions],
        "actionModules": [_module(module, modules) for module in tenant.modules],
        "triggers": _triggers(tenant),
    }
    return str(yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31))


def _action(action: Action, called: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": action.name,
        "code": f"./{_code_path('actions', called[action.name], action.language)}",
        "runtime": action.runtime or "node22",
        "status": "built",
        "dependencies": _dependencies(action.dependencies),
        "secrets": _secrets(action.secrets),
        "supported_triggers": [
            {"id": each.id, **({"version": each.version} if each.version else {})} for each in action.triggers
        ],
        "deployed": action.deployed,
        "modules": [
            {
                "module_name": each.name,
                **({} if each.number is None else {"module_version_number": each.number}),
            }
            for each in action.modules
        ],
    }


def _module(module: Module, called: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": module.name,
        "code": f"./{_code_path('action-modules', called[module.name], module.language)}",
        # The tool takes no address of a registry here.
        "dependencies": [{"name": each.name, "version": each.version} for each in module.dependencies],
        "secrets": _secrets(module.secrets),
        "all_changes_published": module.published,
        **({} if module.latest is None else {"latest_version_number": module.latest}),
    }


def _triggers(tenant: Exported) -> dict[str, Any]:
    return {
        trigger.id: [
            {"action_name": bound.action, "display_name": bound.display_name or bound.action} for bound in trigger.bound
        ]
        for trigger in tenant.triggers
    }


def _dependencies(found: Iterable[Dependency]) -> list[dict[str, str]]:
    return [
        {
            "name": each.name,
            "version": each.version,
            **({"registry_url": each.registry_url} if each.registry_url else {}),
        }
        for each in found
    ]


def _secrets(found: Iterable[Secret]) -> list[dict[str, str]]:
    return [{"name": each.name} for each in found]


def _code_path(kind: str, name: str, language: str) -> str:
    return f"{kind}/{name}/code{_SUFFIXES[language]}"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


class _Dumper(yaml.SafeDumper):
    """Quotes every text that any version of YAML could take for something else, and writes no alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's parameter
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_plain = text[:1] in _PLAIN_STARTS and text.lower() not in _WORDS and _PLAIN.issuperset(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain and text else '"')


_Dumper.add_representer(str, _text)
