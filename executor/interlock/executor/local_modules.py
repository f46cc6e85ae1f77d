"""Modules in files, for `interlock run`: `--module NAME=FILE`, with the packages of a package.json beside the file."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from interlock.executor import files, projects
from interlock.executor.errors import BuildRefused, Invalid, Misused
from interlock.executor.names import MODULE, check_called
from interlock.executor.packages import Packager, Source, languages
from interlock.worker import Action
from interlock.worker.modules import NO_PLACES, Module, Script


def parse(options: Sequence[str]) -> dict[str, Path]:
    """Return the files of modules by their names. Raises Misused."""
    found: dict[str, Path] = {}
    for option in options:
        name, is_there, path = option.partition("=")
        if not is_there or not path:
            raise Misused("usage", f"--module {option} names no file.", "Write it as --module NAME=FILE.")
        try:
            check_called(name, MODULE)
        except Invalid as refused:
            raise Misused(refused.code, f"{refused.message[:1].upper()}{refused.message[1:]}.") from None
        if name in found:
            raise Misused("usage", f"The module {name} is given twice.", "Give it once.")
        found[name] = Path(path)
    return found


async def packaged(modules: Mapping[str, Path], packager: Packager) -> dict[str, Module]:
    """Return modules as they are bundled, by name. Raises FileRefused, BuildRefused and BuildUnavailable."""
    made = await asyncio.gather(*(_packaged(name, path, packager) for name, path in modules.items()))
    return {module.name: module for module in made}


async def _packaged(name: str, path: Path, packager: Packager) -> Module:
    code = files.read_text(path)
    project = projects.of_file(path, []) if projects.needs(code) else projects.Project()
    language = languages.of_file(path.suffix)
    source = Source(code, language, project.dependencies, project.lock, remembered=True, is_module=True)
    try:
        done = await packager.package(source, lambda _line: None)
    except BuildRefused as refused:
        raise projects.placed(refused, Action(name, code, str(path))) from None
    return Module(name, Script(done.code, done.source_map or NO_PLACES), language)
