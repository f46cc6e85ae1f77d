"""Compiles the guest engine: QuickJS-NG and the C files of `engine/`, to one WebAssembly module that imports no WASI.

    python sandbox/guest/build_engine.py OUTPUT.wasm

The same inputs give the same bytes in any folder. So a finished engine is kept by content, outside the checkout, in
`$INTERLOCK_CACHE_DIR` (`~/.cache/interlock` unless set), and a second checkout takes seconds.
"""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import wasmtime

import engine_patches
import engine_source

GUEST = Path(__file__).resolve().parent
OWN_SOURCES = GUEST / "engine"
"""Our C files; those of QuickJS are named below."""

QUICKJS_SOURCES = ("quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c")

COMPILE = (
    "-target", "wasm32-wasi", "-O3", "-DNDEBUG", "-D_GNU_SOURCE", "-D_WASI_EMULATED_SIGNAL", "-Iquickjs",
)  # fmt: skip
LINK = (
    # A reactor has no `main`: it is entered again and again through what it exports.
    "-target", "wasm32-wasi", "-mexec-model=reactor", "-O3",
    # The engine's own limit is 768 KiB of it: docs/ARCHITECTURE.md says how the two stacks end a recursion.
    "-Wl,-z,stack-size=917504",
    # Without symbols two builds in two folders are byte-identical.
    "-s", "-lwasi-emulated-signal",
)  # fmt: skip

ALLOWED_IMPORTS = frozenset({"interlock"})
"""The only module the engine may import from: what it can ask of the host is what we wrote, and nothing of WASI."""


class BuildFailed(Exception):
    """The compiler failed, or what it made may not be used."""


def main(arguments: list[str]) -> int:
    """Puts the engine at the path given, from the cache if it was built before. Returns an exit status."""
    if len(arguments) != 1:
        print("usage: build_engine.py OUTPUT.wasm", file=sys.stderr)
        return 2
    started = time.time()
    try:
        kept = cached_engine(cache_folder(), own_files())
    except (BuildFailed, engine_patches.PatchFailed, engine_source.SourceUnavailable) as failure:
        print(f"engine: {failure}", file=sys.stderr)
        return 1
    output = Path(arguments[0])
    output.parent.mkdir(parents=True, exist_ok=True)
    copy_atomically(kept, output)
    # As old as its inputs were read: `make` then rebuilds when one of them was changed during the build.
    os.utime(output, (started, started))
    print(f"engine: {output} ({output.stat().st_size:,} bytes)", flush=True)
    return 0


def cache_folder() -> Path:
    """`$INTERLOCK_CACHE_DIR`, or `interlock` in the user's cache folder of the XDG base directory specification."""
    if chosen := os.environ.get("INTERLOCK_CACHE_DIR"):
        return Path(chosen).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interlock"


def cached_engine(cache: Path, own: Mapping[str, bytes]) -> Path:
    """The path of the finished engine in the cache, built first if it is not there. `own`: our files by name."""
    kept = cache / "engine" / f"{engine_key(own)}.wasm"
    if not kept.exists():
        source = engine_source.fetch(cache / "source")
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="interlock-engine-") as work:
            copy_atomically(build(Path(work), source, own, cache / "zig"), kept)
    return kept


def engine_key(own: Mapping[str, bytes]) -> str:
    """A digest of everything that decides the engine's bytes: sources, flags and the compiler's version."""
    digest = hashlib.sha256()
    inputs = [
        "\n".join([*COMPILE, "--", *LINK, "--", *QUICKJS_SOURCES]).encode(),
        engine_source.pinned().sha256.encode(),
        repr(engine_patches.PATCHES).encode(),
        importlib.metadata.version("ziglang").encode(),
        *(part for name, content in own.items() for part in (name.encode(), content)),
    ]
    for part in inputs:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def build(work: Path, source: Path, own: Mapping[str, bytes], zig_cache: Path) -> Path:
    """Compiles the engine in the empty folder `work` from the sdist `source` and returns the checked module's path.

    Raises `BuildFailed` with the compiler's words, or with the imports that may not be there.
    """
    start = time.monotonic()
    engine_source.extract(source, work / "quickjs")
    engine_patches.apply(work / "quickjs")
    for name, content in own.items():
        (work / name).write_bytes(content)
    # The longest first, so that the others are compiled beside it.
    units = [*(f"quickjs/{name}" for name in QUICKJS_SOURCES), *(name for name in own if name.endswith(".c"))]

    def compile_unit(unit: str) -> str:
        compiled = f"{Path(unit).stem}.o"
        zig_cc([*COMPILE, "-c", unit, "-o", compiled], work, zig_cache)
        print(f"engine: compiled {Path(unit).name} ({time.monotonic() - start:.0f} s)", flush=True)
        return compiled

    print(f"engine: compiling {len(units)} files, about half a minute", flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compile_unit, units))
    print("engine: linking, with the C library (built on first use)", flush=True)
    zig_cc([*LINK, *objects, "-o", "engine.wasm"], work, zig_cache)
    print(f"engine: linked ({time.monotonic() - start:.0f} s)", flush=True)
    refuse_foreign_imports((work / "engine.wasm").read_bytes())
    return work / "engine.wasm"


def zig_cc(arguments: list[str], work: Path, zig_cache: Path) -> None:
    """Runs Zig's C compiler in `work`. Paths stay relative, so that none of this machine gets into the result."""
    finished = subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", *arguments],
        cwd=work,
        env=compiler_environment(os.environ, zig_cache),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        message = f"zig cc {' '.join(arguments)}\n{finished.stderr.strip()}"
        raise BuildFailed(message)
    if finished.stderr.strip():
        print(finished.stderr.strip(), file=sys.stderr)


def compiler_environment(environment: Mapping[str, str], zig_cache: Path) -> dict[str, str]:
    """The environment for Zig: its two caches beside ours, and nothing that adds flags behind our back."""
    kept = {
        name: value for name, value in environment.items() if name not in {"CFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH"}
    }
    return kept | {"ZIG_GLOBAL_CACHE_DIR": str(zig_cache / "global"), "ZIG_LOCAL_CACHE_DIR": str(zig_cache / "local")}


def refuse_foreign_imports(engine: bytes) -> None:
    """Raises `BuildFailed` when the engine could ask the host for something that we did not write."""
    imports = wasmtime.Module(wasmtime.Engine(), engine).imports
    foreign = sorted(f"{found.module}.{found.name}" for found in imports if found.module not in ALLOWED_IMPORTS)
    if foreign:
        message = (
            f"the engine imports {', '.join(foreign)}; it may import from {', '.join(sorted(ALLOWED_IMPORTS))} only. "
            "Define the missing function in sandbox/guest/engine/, or stop using what calls it."
        )
        raise BuildFailed(message)


def own_files() -> dict[str, bytes]:
    """Our C sources and headers by name, in a fixed order; read once, so that the key is that of what is compiled."""
    return {path.name: path.read_bytes() for path in sorted([*OWN_SOURCES.glob("*.c"), *OWN_SOURCES.glob("*.h")])}


def copy_atomically(source: Path, target: Path) -> None:
    """Copies so that another process sees either no file or the whole one."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as partial:
        partial.write(source.read_bytes())
    Path(partial.name).chmod(0o644)
    Path(partial.name).replace(target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
