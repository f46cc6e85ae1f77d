"""Compiles the spike: its own guest.c, and everything else, QuickJS, wasi.c, compiler and flags, the engine's."""

import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
ENGINE_BUILD: Final = HERE.parents[1] / "sandbox" / "guest"


def build() -> bytes:
    """The compiled spike, from the cache of compiled engines if it was built before; half a minute otherwise."""
    sys.path.insert(0, str(ENGINE_BUILD))  # build scripts, part of no package
    import build_engine  # noqa: PLC0415

    own = build_engine.own_files()
    shared = {name: own[name] for name in ("guest.h", "wasi.c")}
    spike = {"guest.c": (HERE / "guest.c").read_bytes(), **shared}
    return build_engine.cached_engine(build_engine.cache_folder(), spike).read_bytes()
