"""Bundling: an action and what it imports become one script, and a map from its places to the author's.

esbuild is asked for CommonJS of ES2023. Node's own modules stay `require(...)`, with `node:` or without, and so does
`cloudflare:sockets`. A package's `exports` are read with the conditions workerd, worker, browser and node, and
otherwise its `main`, never its `browser` field, which often holds what only a page can run. Blanks are left out: the
engine keeps a function's text, so they would be a part of every image. What is written depends on
the code and the lock alone: all paths in it are relative to the build's folder.
"""

import json
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from interlock.executor.errors import BuildRefused, BuildUnavailable
from interlock.executor.packages import children
from interlock.executor.packages.children import ChildLimits, Finished, Reach
from interlock.executor.packages.languages import Language
from interlock.executor.packages.limits import BuildLimits
from interlock.worker.modules import PREFIX

ENTRY: Final = {"javascript": "action.js", "typescript": "action.ts"}
"""What the author's file is called in a build."""

_DEFAULT_EXPORT: Final = (
    "{const e=module.exports,d=e&&e.__esModule&&e.default;if(d&&typeof d==='object')module.exports={...d,...e}}"
)
"""Handlers in an object that a module exports as its default are found as if it exported each of them."""

_OPTIONS: Final = (
    *(
        "--bundle",
        "--format=cjs",
        "--platform=node",
        "--target=es2023",
        "--charset=utf8",
        "--keep-names",
        "--minify-whitespace",
    ),
    *("--conditions=workerd,worker,browser", "--main-fields=main,module", "--legal-comments=none"),
    *("--supported:dynamic-import=false", "--preserve-symlinks", "--tsconfig-raw={}"),
    *("--external:node:*", "--external:cloudflare:sockets"),
    *("--define:process.env.NODE_ENV='production'", '--define:__dirname="/"', '--define:__filename="/action.js"'),
    '--define:import.meta.url="file:///action.js"',
    f"--footer:js={_DEFAULT_EXPORT}",
    *("--sourcemap=external", "--sources-content=false", "--outfile=out.js", "--metafile=meta.json"),
    *("--color=false", "--log-level=error", "--log-limit=20"),
)
_AWS_PARTS: Final = ("client", "httpAuthSchemes")
_SMITHY_PARTS: Final = ("checksum", "config", "endpoints", "event-streams", "retry", "serde")
_NODE_VARIANTS: Final = {
    # The one for workers is an ES module, of which `require('postgres')` would not be the function that authors call.
    "postgres": "postgres/cjs/src/index.js",
    # AWS's clients choose by their `browser` field, so they are Node's: what they stand on has to be as well.
    **{f"@aws-sdk/core/{part}": f"@aws-sdk/core/dist-cjs/submodules/{part}/index.js" for part in _AWS_PARTS},
    **{f"@smithy/core/{part}": f"@smithy/core/dist-cjs/submodules/{part}/index.js" for part in _SMITHY_PARTS},
}
"""Files that are taken in place of what a package's `exports` say for workers, where they are installed."""
_ERROR: Final = re.compile(r"^\S+ \[ERROR\] (?P<text>.*)$")
_PLACE: Final = re.compile(r"^    (?P<file>\S.*):(?P<line>\d{1,9}):(?P<column>\d{1,9}):$")
_UNRESOLVED: Final = re.compile(r'Could not resolve "(?P<name>[^"]{0,300})"')
_NO_LOADER: Final = re.compile(r'No loader is configured for "(?P<suffix>\.[\w.]{1,20})" files')
_UNREADABLE: Final = re.compile(r'Cannot read (?:directory|file) "(?P<name>[^"]{0,300})": permission denied')
"""What the kernel refused to esbuild: it may read the build's folder and the packages."""
_TOP_LEVEL_AWAIT: Final = "Top-level await"
_PACKAGES: Final = "node_modules/"
_ELSEWHERE: Final = "elsewhere"
"""How a stack calls a source that a map places outside of the build."""


@dataclass(frozen=True, slots=True)
class Script:
    """What esbuild made: the script, and its source map as JSON text."""

    code: str
    source_map: str


@dataclass(frozen=True, slots=True)
class Modules:
    """The modules that code may require; `inside` one it may require none."""

    names: tuple[str, ...] = ()
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Bundler:
    """Bundles with one esbuild."""

    program: Path
    limits: BuildLimits

    async def bundle(
        self, folder: Path, code: str, language: Language, packages: Path | None, modules: "Modules" = Modules()
    ) -> Script:
        """Bundle an action in an empty folder; `packages` is what its lock was installed into.

        Raises BuildRefused with the author's line, where it is one, and BuildUnavailable.
        """
        entry = ENTRY[language]
        (folder / entry).write_bytes(code.encode("utf-8", "replace"))
        # Found at once, and nothing of the folders above is asked for: a name that is not here is an error.
        (folder / "package.json").write_text("{}", "utf-8")
        if packages is not None:
            (folder / "node_modules").symlink_to(packages / "node_modules")
        limits = ChildLimits(
            wall_s=self.limits.bundle_s,
            cpu_s=int(self.limits.bundle_s) * 2,
            memory_bytes=self.limits.esbuild_memory_bytes,
            file_bytes=self.limits.file_bytes,
        )
        options = [*_OPTIONS, *(f"--external:{PREFIX}{name}" for name in modules.names), *_variants(packages)]
        environment = {"PATH": "/nonexistent", "HOME": str(folder), "TMPDIR": str(folder), "GOMAXPROCS": "2"}
        try:
            finished = await children.run(
                [str(self.program), entry, *options],
                folder=folder,
                environment=environment,
                limits=limits,
                reach=Reach(() if packages is None else (packages,)),
            )
        except OSError as error:
            raise BuildUnavailable("esbuild_missing", f"esbuild cannot be started: {error.strerror}.") from None
        if finished.timed_out:
            raise BuildRefused(
                "bundle_timeout", f"Bundling took longer than {self.limits.bundle_s:g} s.", "Use fewer packages."
            )
        if finished.status:
            raise _failure(finished, entry, modules)
        return self._made(folder, entry)

    def _made(self, folder: Path, entry: str) -> Script:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        # What is neither the author's nor of the lock is a file of this machine: nothing of it may leave.
        if outside := [name for name in meta["inputs"] if not _allowed(name, entry)]:
            raise _outside(outside[0])
        # esbuild leaves addresses to the browser. In packages they may stand where no action comes by.
        imports = meta["inputs"].get(entry, {}).get("imports", ())
        if remote := [each["path"] for each in imports if each.get("external") and "//" in each["path"]]:
            raise _unresolved(remote[0], "", None, None)
        size = (folder / "out.js").stat().st_size
        if size > self.limits.bundle_bytes:
            raise BuildRefused(
                "bundle_too_large",
                f"The bundle has {size:,} bytes; at most {self.limits.bundle_bytes:,} are possible. The largest parts "
                f"are {_largest(folder)}.",
                "Import only what is used, or choose a smaller package.",
            )
        return _script((folder / "out.js").read_text("utf-8"), json.loads((folder / "out.js.map").read_text("utf-8")))


def _script(code: str, source_map: dict[str, Any]) -> Script:
    # What climbs out of the build is a name in a map that somebody wrote; or, where the kernel does not keep esbuild
    # from it, one in a map of somewhere else on this machine.
    sources = [_ELSEWHERE if name.startswith(("../", "/")) else name for name in source_map["sources"]]
    # The sandbox puts a function's head before the first line; a bundle has few and long ones, whose columns matter.
    moved = {**source_map, "sources": sources, "names": [], "mappings": f";{source_map['mappings']}"}
    return Script(f"\n{code}", json.dumps(moved))


def _variants(packages: Path | None) -> list[str]:
    if packages is None:
        return []
    there = {name: f"{_PACKAGES}{file}" for name, file in _NODE_VARIANTS.items()}
    return [f"--alias:{name}=./{file}" for name, file in there.items() if (packages / file).is_file()]


def _allowed(name: str, entry: str) -> bool:
    return name == entry or name.startswith((_PACKAGES, "<", f"(disabled):{_PACKAGES}"))


def _failure(finished: Finished, entry: str, modules: Modules) -> BuildRefused:
    errors = _errors(finished.errors)
    # What could not be read is told by the line that asks for it, if there is one.
    unreadable = [error for error in errors if _UNREADABLE.match(error[0])]
    errors = [error for error in errors if error not in unreadable] or unreadable
    # What the author can see and change comes first.
    for text, file, line, column in sorted(errors, key=lambda each: each[1] != entry):
        if file is not None and not _allowed(file, entry):
            return _outside(file)
        place = (line, column + 1) if file == entry and line is not None and column is not None else (None, None)
        if unreadable:
            named = _UNRESOLVED.search(text) or _UNREADABLE.match(text)
            return _outside(named["name"] if named else "", *place)
        return _explained(text, file, place, entry, modules)
    if finished.status < 0:
        return BuildRefused(
            "bundle_failed", "esbuild took more memory or time than a build may.", "Use fewer packages."
        )
    return BuildRefused("bundle_failed", f"esbuild ended with status {finished.status}.", "Deploy again.")


def _explained(
    text: str, file: str | None, place: tuple[int | None, int | None], entry: str, modules: Modules
) -> BuildRefused:
    line, column = place
    where = "" if file in {None, entry} else f" (in {_shown(str(file))})"
    found = _UNRESOLVED.search(text)
    if found and found["name"].startswith(PREFIX):
        return _no_module(found["name"], modules, line, column)
    if found and _leads_outside(found["name"], file or entry):
        return _outside(found["name"], line, column)
    if found:
        return _unresolved(found["name"], where, line, column)
    if found := _NO_LOADER.search(text):
        what = {".wasm": "WebAssembly cannot run in an action", ".node": "a native add-on cannot run here"}
        says = what.get(found["suffix"], f"{found['suffix']} files cannot be imported")
        return BuildRefused(
            "import_unsupported",
            f"{says[0].upper()}{says[1:]}{where}.",
            "Use a package that is written in JavaScript.",
            line=line,
            column=column,
        )
    if _TOP_LEVEL_AWAIT in text:
        return BuildRefused(
            "import_unsupported",
            f"There is no `await` outside functions{where}.",
            "Await it in the handler." if not where else "Use a version of the package that does not need it.",
            line=line,
            column=column,
        )
    return BuildRefused("syntax_error", f"SyntaxError: {text[:500]}{where}", line=line, column=column)


def _no_module(name: str, modules: Modules, line: int | None, column: int | None) -> BuildRefused:
    called = name.removeprefix(PREFIX)
    message = f"There is no module {called!r} that was deployed."
    hint = (
        f"Deploy it first, or with this action: [modules.{called}]. `interlock run` takes it with --module NAME=FILE."
    )
    if modules.inside:
        message, hint = "A module cannot require another one.", "Put what both need into a package, or into one module."
    return BuildRefused("module_unresolved", message, hint, line=line, column=column)


def _unresolved(name: str, where: str, line: int | None, column: int | None) -> BuildRefused:
    if name.startswith((".", "/")) or "://" in name:
        hint = "An action is one file: put what it needs of others into it, or into a package."
    else:
        parts = name.split("/")
        package = "/".join(parts[:2] if name.startswith("@") else parts[:1])
        hint = f"Name {package} among the dependencies."
    if where:
        hint = "Name it among the dependencies: the package uses it and does not ask npm for it."
    return BuildRefused("import_unresolved", f"There is no module {name!r}{where}.", hint, line=line, column=column)


def _leads_outside(name: str, file: str) -> bool:
    """Whether a name is that of a file which is neither the action's nor a package's, be it there or not."""
    if name.startswith(("/", "file:")):
        return True
    folder = posixpath.dirname(file) if name.startswith(".") else _PACKAGES
    return posixpath.normpath(posixpath.join(folder, name)).startswith("../")


def _outside(name: str, line: int | None = None, column: int | None = None) -> BuildRefused:
    return BuildRefused(
        "import_outside",
        f"A file is imported that is neither the action nor of its packages: {name.rpartition('/')[2][:100]!r}.",
        "An action is one file. Name packages among the dependencies.",
        line=line,
        column=column,
    )


def _errors(text: str) -> list[tuple[str, str | None, int | None, int | None]]:
    """Each error of esbuild's: what it says, the file, line and column (from 0)."""
    found: list[tuple[str, str | None, int | None, int | None]] = []
    for line in text.splitlines():
        if error := _ERROR.match(line):
            found.append((error["text"], None, None, None))
        elif (place := _PLACE.match(line)) and found and found[-1][1] is None:
            found[-1] = (found[-1][0], place["file"], int(place["line"]), int(place["column"]))
    return found


def _shown(path: str) -> str:
    return path.rpartition(_PACKAGES)[2]


def _largest(folder: Path) -> str:
    """The packages that most of a bundle is of."""
    outputs: dict[str, Any] = json.loads((folder / "meta.json").read_text("utf-8"))["outputs"]
    sizes: dict[str, int] = {}
    for name, part in outputs.get("out.js", {}).get("inputs", {}).items():
        tail = _shown(name).split("/")
        package = "/".join(tail[:2] if tail[0].startswith("@") else tail[:1])
        sizes[package] = sizes.get(package, 0) + int(part["bytesInOutput"])
    most = sorted(sizes.items(), key=lambda each: -each[1])[:3]
    return ", ".join(f"{name} with {size:,}" for name, size in most)
