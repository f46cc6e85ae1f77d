"""An export of the deploy tool as what it holds of actions, modules and triggers; the rest of it counted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from interlock.executor.auth0_files import documents, keywords, models, names
from interlock.executor.auth0_files.documents import Document
from interlock.executor.auth0_files.folder import MOST_DOCUMENT_BYTES, Folder
from interlock.executor.auth0_files.keywords import Keywords
from interlock.executor.auth0_files.tenant import (
    Action,
    Bound,
    Dependency,
    Exported,
    Module,
    ModuleReference,
    Place,
    Secret,
    Trigger,
    TriggerVersion,
    Unhandled,
    Unknown,
)
from interlock.executor.errors import ExportRefused
from interlock.executor.packages import languages

ACTIONS: Final = "actions"
MODULES: Final = "action-modules"
TRIGGERS: Final = "triggers/triggers.json"
_MODULES_KEY: Final = "actionModules"
_TRIGGERS_KEY: Final = "triggers"
_OURS: Final = frozenset({ACTIONS, MODULES, "triggers"})
_OUR_KEYS: Final = frozenset({ACTIONS, _MODULES_KEY, _TRIGGERS_KEY})
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_YAML: Final = frozenset({".yaml", ".yml"})

Model = TypeVar("Model", bound=models.FileModel)
Where = tuple[str | int, ...]


def read(path: Path, words: Keywords | None = None) -> Exported:
    """Read an export: a folder, or a YAML file with its code beside it.

    Raises ExportRefused: export_missing, export_invalid, export_unsafe, export_too_large, keyword_unresolved; and
    FileRefused. Messages name the file in the export and the line, and repeat no value.
    """
    used = words or Keywords()
    if path.is_dir():
        with Folder(path) as folder:
            return _Reading(folder, used).directory()
    if path.suffix.lower() in _YAML and path.is_file():
        with Folder(path.parent) as folder:
            return _Reading(folder, used).document(path.name)
    raise ExportRefused(
        "export_missing",
        f"{path} is neither a folder nor a YAML file.",
        "Name what Auth0's deploy tool wrote: its folder, or its tenant.yaml.",
    )


@dataclass(slots=True)
class _Reading:
    folder: Folder
    words: Keywords
    unknown: list[Unknown] = field(default_factory=list)

    def directory(self) -> Exported:
        actions = [self._action(*each) for each in self._files(ACTIONS)]
        modules = [self._module(*each) for each in self._files(MODULES)]
        text = self.folder.text(TRIGGERS, MOST_DOCUMENT_BYTES)
        triggers: tuple[Trigger, ...] = ()
        if text is not None:
            document = documents.read_json(self.words.replaced(text, TRIGGERS), TRIGGERS)
            triggers = self._triggers(document, TRIGGERS, ())
        entries = self.folder.entries()
        if not any(name in _OURS for name, is_folder in entries if is_folder):
            raise ExportRefused(
                "export_missing",
                "The folder has none of actions, action-modules and triggers.",
                "Name the folder that Auth0's deploy tool exported to.",
            )
        return self._exported(actions, modules, triggers, list(self._others(entries)))

    def document(self, file: str) -> Exported:
        text = self.folder.text(file, MOST_DOCUMENT_BYTES)
        document = documents.read_yaml(self.words.replaced_where_known(text or ""), file)
        whole = document.value
        if not isinstance(whole, dict):
            raise ExportRefused("export_invalid", f"{file}:1: it is no mapping of resources.")
        if _OUR_KEYS.isdisjoint(whole):
            raise ExportRefused(
                "export_missing",
                f"{file} has none of the keys actions, actionModules and triggers.",
                "Name the tenant.yaml that Auth0's deploy tool wrote.",
            )
        for key in sorted(_OUR_KEYS & whole.keys()):
            _check_words(document, file, whole[key], (key,))
        actions = [self._action(file, document, path) for path in self._items(document, file, ACTIONS)]
        modules = [self._module(file, document, path) for path in self._items(document, file, _MODULES_KEY)]
        triggers = self._triggers(document, file, (_TRIGGERS_KEY,)) if whole.get(_TRIGGERS_KEY) is not None else ()
        others = [
            Unhandled(key, _size(value), Place(file, document.line(key)))
            for key, value in whole.items()
            if key not in _OUR_KEYS and _size(value)
        ]
        return self._exported(actions, modules, triggers, others)

    def _exported(
        self,
        actions: Sequence[Action],
        modules: Sequence[Module],
        triggers: tuple[Trigger, ...],
        others: Sequence[Unhandled],
    ) -> Exported:
        for kind, each in (("action", actions), ("module", modules)):
            _once(kind, each)
        taken = tuple(sorted(self.words.taken))
        return Exported(tuple(actions), tuple(modules), triggers, tuple(others), tuple(self.unknown), taken)

    def _files(self, kind: str) -> Iterator[tuple[str, Document, Where]]:
        for name, is_folder in self.folder.entries(kind):
            if not is_folder and name.endswith(".json"):
                file = f"{kind}/{name}"
                text = self.words.replaced(self.folder.text(file) or "", file)
                yield file, documents.read_json(text, file), ()

    def _items(self, document: Document, file: str, key: str) -> Iterator[Where]:
        found = document.value.get(key)
        if found is None:
            return
        if not isinstance(found, list) or len(found) > models.MOST_ITEMS:
            raise ExportRefused("export_invalid", f"{file}:{document.line(key)}: {key} is no list of them.")
        for index in range(len(found)):
            yield (key, index)

    def _others(self, entries: Sequence[tuple[str, bool]]) -> Iterator[Unhandled]:
        for name, is_folder in entries:
            if name.startswith("."):
                continue
            if is_folder and name not in _OURS:
                files = [inner for inner, is_inside in self.folder.entries(name) if not is_inside]
                # A rule is two files, of which one is its code.
                count = sum(file.endswith(".json") for file in files) or len(files)
                if count:
                    yield Unhandled(name, count, Place(name))
            elif not is_folder and name.endswith(".json") and name != "config.json":
                yield Unhandled(name.removesuffix(".json"), 1, Place(name))

    def _action(self, file: str, document: Document, path: Where) -> Action:
        found = self._parsed(models.ActionFile, file, document, path)
        place = _place(file, document, *path)
        code, code_file = self._code(found.name, found.code, ACTIONS, _place(file, document, *path, "code"))
        return Action(
            name=found.name,
            code=code,
            triggers=tuple(TriggerVersion(each.id, each.version) for each in found.supported_triggers),
            language=languages.of_file(PurePosixPath(code_file).suffix),
            runtime=found.runtime,
            dependencies=self._dependencies(found.dependencies, file, document, (*path, "dependencies")),
            secrets=self._secrets(found.secrets, file, document, (*path, "secrets")),
            modules=tuple(
                ModuleReference(
                    each.module_name, each.module_version_number, _place(file, document, *path, "modules", index)
                )
                for index, each in enumerate(found.modules or ())
            ),
            deployed=found.deployed is not False,
            file=code_file,
            place=place,
        )

    def _module(self, file: str, document: Document, path: Where) -> Module:
        found = self._parsed(models.ModuleFile, file, document, path)
        code, code_file = self._code(found.name, found.code, MODULES, _place(file, document, *path, "code"))
        return Module(
            name=found.name,
            code=code,
            language=languages.of_file(PurePosixPath(code_file).suffix),
            dependencies=self._dependencies(found.dependencies, file, document, (*path, "dependencies")),
            secrets=self._secrets(found.secrets, file, document, (*path, "secrets")),
            published=found.all_changes_published is not False,
            latest=found.latest_version_number,
            file=code_file,
            place=_place(file, document, *path),
        )

    def _triggers(self, document: Document, file: str, path: Where) -> tuple[Trigger, ...]:
        found = _at(document, path)
        if not isinstance(found, dict):
            raise ExportRefused("export_invalid", f"{file}:{document.line(*path)}: it is no mapping of triggers.")
        return tuple(self._trigger(document, file, (*path, name)) for name in found)

    def _trigger(self, document: Document, file: str, path: Where) -> Trigger:
        place, found = _place(file, document, *path), _at(document, path)
        if found is None:
            found = []
        if not isinstance(found, list) or len(found) > models.MOST_ITEMS:
            raise ExportRefused("export_invalid", f"{place}: it is no list of actions.")
        bound = []
        for index in range(len(found)):
            here = (*path, index)
            each = self._parsed(models.BoundFile, file, document, here)
            secrets = self._secrets(each.secrets, file, document, (*here, "secrets"))
            bound.append(Bound(each.action_name, each.display_name or "", secrets, _place(file, document, *here)))
        return Trigger(str(path[-1]), tuple(bound), place)

    def _dependencies(
        self, found: Sequence[models.DependencyFile] | None, file: str, document: Document, path: Where
    ) -> tuple[Dependency, ...]:
        return tuple(
            Dependency(each.name, each.version, each.registry_url, _place(file, document, *path, index))
            for index, each in enumerate(found or ())
        )

    def _secrets(
        self, found: Sequence[models.SecretFile] | None, file: str, document: Document, path: Where
    ) -> tuple[Secret, ...]:
        return tuple(
            Secret(
                each.name,
                None if each.value in {None, models.MARKER} else each.value,
                _place(file, document, *path, index),
            )
            for index, each in enumerate(found or ())
        )

    def _code(self, name: str, code: str | None, kind: str, place: Place) -> tuple[str, str]:
        for path in _candidates(name, code, kind):
            text = self.folder.text(path)
            if text is not None:
                return self.words.replaced_in_code(text), path
        raise ExportRefused(
            "export_unsafe" if code and _leads_out(code) else "export_missing",
            f"{place}: the file with the code of {name!r} is not in the export.",
            "The key `code` names a file in the export's folder, such as ./actions/NAME/code.js.",
        )

    def _parsed(self, model: type[Model], file: str, document: Document, path: Where) -> Model:
        try:
            found = model.model_validate(_at(document, path))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            line = document.line(*path, *first["loc"])
            said = f"{where}: {first['msg']}" if where else first["msg"]
            raise ExportRefused("export_invalid", f"{file}:{line}: {said}") from None
        self._note_unknown(found, file, document, path)
        return found

    def _note_unknown(self, found: models.FileModel, file: str, document: Document, path: Where) -> None:
        for key in found.unknown[: models.MOST_ITEMS]:
            self.unknown.append(Unknown(key, _place(file, document, *path, key)))
        for name in type(found).model_fields:
            parts = getattr(found, name)
            if isinstance(parts, list) and parts and isinstance(parts[0], models.FileModel):
                for index, part in enumerate(parts):
                    self._note_unknown(part, file, document, (*path, name, index))


def _candidates(name: str, code: str | None, kind: str) -> Iterator[str]:
    """Give where code may be: as the file says, below this folder; what the tool wrote before the folder was moved; and
    where the tool writes it.
    """
    if code:
        parts = _DRIVE.sub("", code.replace("\\", "/"), count=1).split("/")
        segments = [part for part in parts if part not in {"", "."}]
        if ".." not in segments:
            if not _leads_out(code):
                yield "/".join(segments)
            if kind in segments:
                last = len(segments) - 1 - segments[::-1].index(kind)
                yield "/".join(segments[last:])
        return
    yield f"{kind}/{names.sanitized(name)}/code.js"


def _leads_out(code: str) -> bool:
    path = code.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or bool(_DRIVE.match(path))


def _at(document: Document, path: Where) -> Any:
    found = document.value
    for part in path:
        found = found[part]
    return found


def _place(file: str, document: Document, *path: str | int) -> Place:
    return Place(file, document.line(*path))


def _size(value: object) -> int:
    return len(value) if isinstance(value, list) else 0 if value in (None, {}, "") else 1


def _once(kind: str, found: Sequence[Action] | Sequence[Module]) -> None:
    seen: dict[str, Place] = {}
    for each in found:
        if each.name in seen:
            raise ExportRefused(
                "export_invalid", f"{each.place}: the {kind} {each.name!r} is in {seen[each.name].file}, too."
            )
        seen[each.name] = each.place


def _check_words(document: Document, file: str, value: Any, path: Where) -> None:
    """Raise where a keyword was left. Depth is bounded by the document's own."""
    if keywords.is_left(value):
        raise keywords.unresolved(value, f"{file}:{document.line(*path)}")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if keywords.is_left(key):
                raise keywords.unresolved(key, f"{file}:{document.line(*path, key)}")
            _check_words(document, file, inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check_words(document, file, inner, (*path, index))
