"""Where the parts that are built, not written, are found: the compiled engine and the guest's JavaScript bundles.

`make setup` puts them into `built/` beside this file; a wheel carries them there.
"""

import os
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from interlock.sandbox.base import Prelude
from interlock.sandbox.errors import EngineMissing


def engine_wasm() -> bytes:
    """The compiled engine. Raises EngineMissing when it was not built."""
    return _read(_built() / "engine.wasm")


def locales() -> Path:
    """The file of tables of locales and time zones. Raises EngineMissing when it was not built."""
    file = Path(str(_built() / "locales.bin"))
    if not file.is_file():
        raise EngineMissing("locales.bin is missing from the installation: run `make setup` in a checkout")
    return file


def own_prelude() -> Prelude:
    """The sandbox's own prelude: console, timers and the rest of the guest's globals."""
    return prelude_from("base", _built(), "base.js")


def prelude_from(name: str, folder: Traversable, file: str) -> Prelude:
    """A prelude and the library modules beside it (`library/NAME.js`). Raises EngineMissing when it was not built."""
    library = {}
    if (folder / "library").is_dir():
        for entry in sorted((folder / "library").iterdir(), key=lambda one: one.name):
            if entry.name.endswith(".js"):
                library[entry.name.removesuffix(".js")] = _read(entry).decode()
    return Prelude(name, _read(folder / file).decode(), library)


def cache_folder() -> Path:
    """Where compiled engines are cached: INTERLOCK_CACHE_DIR, else the user's cache folder (XDG base directories)."""
    if chosen := os.environ.get("INTERLOCK_CACHE_DIR"):
        return Path(chosen) / "baked"
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(home) if home else Path.home() / ".cache") / "interlock" / "baked"
    except RuntimeError:
        # A user that the system does not know, as in many containers: nothing is kept.
        return Path(os.devnull) / "baked"


def _built() -> Traversable:
    return resources.files("interlock.sandbox") / "built"


def _read(file: Traversable) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise EngineMissing(f"{file.name} is missing from the installation: run `make setup` in a checkout") from None
