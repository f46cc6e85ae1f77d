"""Actions in files: what they need of npm, by the options of a command and by the package.json of the file."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from interlock.executor import excerpts, files
from interlock.executor.errors import BuildRefused, FileRefused, Invalid, Misused
from interlock.executor.packages import Dependency, Lock, Packager, Source, dependencies, languages, locks
from interlock.worker import Action
from interlock.worker.modules import Module, Used, required

NAME: Final = "interlock.toml"
"""The file that says what a project is, in its topmost folder."""

_MANIFEST: Final = "package.json"
_LOCK: Final = "package-lock.json"


@dataclass(frozen=True, slots=True)
class Project:
    """What an action names of npm. `lock` is the author's own, when it is for these very packages."""

    dependencies: tuple[Dependency, ...] = ()
    lock: Lock | None = None


def needs(code: str) -> bool:
    """Whether code asks for any module at all: one that does not needs no packages, whatever lies beside it."""
    return "require" in code or languages.is_module(code)


def of_file(path: Path, options: Sequence[str]) -> Project:
    """Return what the file's package.json and the options `NAME@VERSION` name; an option comes before the file's.

    The package.json is the one beside the file; in a project, the nearest one up to the project's own folder. Raises
    Misused, FileRefused, BuildRefused (lock_invalid, dependency_refused).
    """
    try:
        named = {each.name: each for each in map(dependencies.parse, options)}
        folder = _home(path)
        manifest = _read(folder / _MANIFEST)
        own = () if manifest is None else dependencies.from_manifest(_parsed(manifest))
        whole = tuple(sorted({**{each.name: each for each in own}, **named}.values()))
        dependencies.check(whole)
    except Invalid as refused:
        raise Misused(
            refused.code, f"{refused.message[:1].upper()}{refused.message[1:]}.", _sentence(refused.hint)
        ) from None
    text = _read(folder / _LOCK) if whole and whole == tuple(sorted(own)) else None
    return Project(whole, None if text is None else locks.read(text, whole))


async def packaged(
    action: Action, path: Path, project: Project, packager: Packager, modules: Mapping[str, Module]
) -> Action:
    """Return the action as it runs, with those of the modules that it requires.

    Raises BuildRefused, with the author's line in it, and BuildUnavailable.
    """
    language = languages.of_file(path.suffix)
    used = [modules[name] for name in required(action.source) if name in modules]
    source = Source(action.source, language, project.dependencies, project.lock, remembered=True, modules=tuple(used))
    try:
        made = await packager.package(source, lambda _line: None)
    except BuildRefused as refused:
        raise placed(refused, action) from None
    uses = tuple(Used(module.name, module.name) for module in used)
    return replace(action, source=made.code, source_map=made.source_map, modules=uses)


async def all_packaged(
    actions: Sequence[Action],
    paths: Sequence[Path],
    projects: Sequence[Project],
    packager: Packager,
    modules: Mapping[str, Module],
) -> list[Action]:
    """Return all of them as they run, made side by side."""
    parts = zip(actions, paths, projects, strict=True)
    return list(await asyncio.gather(*(packaged(*part, packager, modules) for part in parts)))


def placed(refused: BuildRefused, action: Action) -> BuildRefused:
    """Return why it cannot be built with the author's line in the message."""
    if refused.line is None or refused.column is None:
        return refused
    shown = excerpts.excerpt(action.source, [f":{refused.line}:{refused.column}"])
    message = "\n".join([f"{refused.message} ({action.filename}:{refused.line}:{refused.column})", *shown])
    return BuildRefused(refused.code, message, refused.hint, line=refused.line, column=refused.column)


def _home(path: Path) -> Path:
    """Return the folder whose package.json is the file's."""
    above = path.absolute().parents
    project = next((number for number, folder in enumerate(above) if (folder / NAME).is_file()), 0)
    return next((folder for folder in above[: project + 1] if (folder / _MANIFEST).is_file()), path.parent)


def _read(path: Path) -> str | None:
    try:
        return files.read_text(path)
    except FileRefused as refused:
        if refused.code == "file_not_found":
            return None
        raise


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("dependency_invalid", "package.json is no JSON", "correct it") from None


def _sentence(hint: str) -> str:
    return f"{hint[:1].upper()}{hint[1:]}." if hint else ""
