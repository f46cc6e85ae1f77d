"""Packaging with everything real but the registry, which is one on loopback."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from interlock.executor.packages import Packaged, Packager, Source, dependencies, open_packager
from interlock.executor.packages.limits import DEFAULT, BuildLimits
from interlock.executor.packages.locks import Lock
from npm_registry import ESBUILD, Registry, registry


@pytest.fixture
def npm() -> Iterator[Registry]:
    with registry() as served:
        yield served


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "builds"


Open = Callable[..., Packager]


@pytest.fixture
def packager(npm: Registry, cache: Path, tmp_path: Path) -> Open:
    def opened(limits: BuildLimits = DEFAULT, **environment: str) -> Packager:
        return open_packager(
            folder=cache,
            environment={"HOME": str(tmp_path), "SECRET": "s3cret", **environment},
            registry=npm.url,
            esbuild=ESBUILD,
            limits=limits,
        )

    return opened


@dataclass
class Made:
    """What came of an action, with its log."""

    packaged: Packaged
    log: list[str] = field(default_factory=list)


Package = Callable[..., Awaitable[Made]]


@pytest.fixture
def package(packager: Open) -> Package:
    """Packages code with dependencies such as `left@1`."""

    async def package_it(
        code: str,
        *names: str,
        filename: str = "roles.js",
        lock: Lock | None = None,
        limits: BuildLimits = DEFAULT,
    ) -> Made:
        wanted = tuple(dependencies.parse(name) for name in names)
        language = "typescript" if filename.endswith(".ts") else "javascript"
        made = Made(Packaged(""))
        made.packaged = await packager(limits).package(
            Source(code, language, wanted, lock),  # type: ignore[arg-type]
            made.log.append,
        )
        return made

    return package_it


@pytest.fixture(autouse=True)
def nothing_is_left_behind(cache: Path) -> Iterator[None]:
    yield
    work = cache / "work"
    assert not work.exists() or list(work.iterdir()) == []
