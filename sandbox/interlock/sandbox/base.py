"""The base image: the engine, booted, with the preludes evaluated, as a module whose instances start right there.

Baking is deterministic (fixed clock, fixed random state; a test bakes twice) and takes seconds because wasmtime
compiles the module twice; the compiled result is cached by content. Files of that cache hold machine code, so a folder
that somebody else could write is not used.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import wasmtime

from interlock.sandbox import bindings, state, wasm
from interlock.sandbox.errors import BakeFailed

_UNLIMITED: Final = (0x7FFFFFFF, 0x7FFFFFFF, 0, 0x7FFFFFFF)
"""Memory, console, no interrupt, operations: what a prelude may use is not the tenant's affair."""
_HEADER: Final = "base.json"
_BYTECODE: Final = ".bytecode"
_FORMAT: Final = b"1"
"""Raised when what is cached changes its meaning."""
UNUSED_S: Final = 30 * 86_400
"""How long an engine that nobody opens is kept: each update leaves one of some megabytes behind."""


@dataclass(frozen=True, slots=True)
class Prelude:
    """Guest JavaScript of ours, evaluated into the base image, and the library modules that are loaded on demand.

    `source` and each value of `library` is one script: a function expression of (host, runtime).
    """

    name: str
    source: str
    library: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Base:
    """A baked engine: `module` to instantiate, `memory` as every instance starts with it, bytecode by library name.

    `key` is of what it was baked from: equal keys, equal engines.
    """

    key: str
    module: wasmtime.Module
    memory: bytes
    state_offset: int
    library: Mapping[str, bytes]


def open_base(engine: bindings.Engine, wasm_bytes: bytes, preludes: Sequence[Prelude], cache: Path | None) -> Base:
    """The base image of an engine and its preludes, from `cache` when it is there, baked and put there otherwise.

    Raises BakeFailed when a prelude does not evaluate.
    """
    folder = private_folder(cache)
    key = _key(wasm_bytes, preludes)
    path = folder / key if folder else None
    if path and (found := _read(engine, path)):
        return found
    module_bytes, memory, state_offset, library = bake(engine, wasm_bytes, preludes)
    module = wasmtime.Module(engine.public, module_bytes)
    base = Base(key, module, memory, state_offset, library)
    if path:
        _write(path, base)
    return base


def bake(
    engine: bindings.Engine, wasm_bytes: bytes, preludes: Sequence[Prelude]
) -> tuple[bytes, bytes, int, dict[str, bytes]]:
    """Boots the engine, evaluates the preludes, compiles the library: (module, memory, state's offset, bytecode)."""
    sources = {name: text for prelude in preludes for name, text in prelude.library.items()}
    library: dict[str, bytes] = {}
    prelinked = bindings.Prelinked(engine, wasmtime.Module(engine.public, wasm_bytes), lambda *_: -1)
    for name, source in sources.items():
        library[name] = _bytecode(prelinked, name, source)
    instance = bindings.Instance(prelinked, memory_bytes=64 << 20)
    try:
        _boot(instance)
        for prelude in preludes:
            code = _bytecode(prelinked, prelude.name, prelude.source)
            if _call(instance, b"prelude", _place(instance, code), len(code)):
                raise BakeFailed(f"{prelude.name} does not evaluate: {_result(instance).decode('utf-8', 'replace')}")
        _finish(instance.begin(b"settle", results=0))
        state_offset = _call(instance, b"state")
        memory = instance.read(0, instance.size)
        cleared = memory[:state_offset] + bytes(state.ENTRY.size) + memory[state_offset + state.ENTRY.size :]
    finally:
        instance.close()
    return wasm.bake(wasm_bytes, cleared), cleared, state_offset, library


def _bytecode(prelinked: bindings.Prelinked, name: str, source: str) -> bytes:
    """Compiled in an instance of its own: what a parser leaves behind would be part of the image."""
    instance = bindings.Instance(prelinked, memory_bytes=64 << 20)
    try:
        _boot(instance)
        data = source.encode()
        address, label = _place(instance, data), _place(instance, f"interlock:{name}".encode())
        if _call(instance, b"bytecode", address, len(data), label):
            raise BakeFailed(f"{name} does not compile: {_result(instance).decode('utf-8', 'replace')}")
        return _result(instance)
    finally:
        instance.close()


def _boot(instance: bindings.Instance) -> None:
    _finish(instance.begin(b"_initialize", results=0))
    offset = _call(instance, b"state")
    instance.write(offset, state.ENTRY.pack(0.0, 1, 2, 3, 4, *_UNLIMITED))
    if _call(instance, b"boot"):
        raise BakeFailed("the engine does not boot")
    instance.write(offset, state.ENTRY.pack(0.0, 1, 2, 3, 4, *_UNLIMITED))


def _place(instance: bindings.Instance, data: bytes) -> int:
    """Copies bytes into memory the guest allocated for them, with a zero behind; gives their address."""
    address = _call(instance, b"alloc", len(data) + 1) & 0xFFFFFFFF
    if not address:
        raise MemoryError("the guest has no room for its input")
    instance.write(address, data + b"\0")
    return address


def _result(instance: bindings.Instance) -> bytes:
    offset = _call(instance, b"state")
    report = state.Report(*state.REPORT.unpack(instance.read(offset + state.REPORT_OFFSET, state.REPORT.size)))
    return instance.read(report.result, report.result_length)


def _call(instance: bindings.Instance, name: bytes, *arguments: int) -> int:
    call = instance.begin(name, *arguments)
    _finish(call)
    return call.result


def _finish(call: bindings.Call) -> None:
    while not call.poll():
        pass


def _key(wasm_bytes: bytes, preludes: Sequence[Prelude]) -> str:
    parts = [_FORMAT, bindings.INSTALLED.encode(), platform.machine().encode(), wasm_bytes]
    parts += [f"{bindings.FIBRE_STACK_BYTES} {bindings.NATIVE_STACK_BYTES}".encode()]
    for prelude in preludes:
        parts += [prelude.name.encode(), prelude.source.encode()]
        parts += [piece.encode() for name in sorted(prelude.library) for piece in (name, prelude.library[name])]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def private_folder(cache: Path | None) -> Path | None:
    """A folder for what is cached, made if need be; None when it cannot be written, or others could write it."""
    if cache is None:
        return None
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = cache.stat()
    except OSError:
        return None
    mine = status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o022
    return cache if mine and os.access(cache, os.W_OK) else None


def _read(engine: bindings.Engine, path: Path) -> Base | None:
    try:
        header = json.loads((path / _HEADER).read_bytes())
        files = {name: (path / name).read_bytes() for name in header["files"]}
        if header["files"] != _digests(files):
            return None  # half written when the power went
        memory = files["memory"]
        library = {name.removesuffix(_BYTECODE): files[name] for name in files if name.endswith(_BYTECODE)}
        module = wasmtime.Module.deserialize_file(engine.public, str(path / "module"))
        os.utime(path)
    except (OSError, ValueError, KeyError, wasmtime.WasmtimeError):
        return None
    return Base(path.name, module, memory, header["state_offset"], library)


def _write(path: Path, base: Base) -> None:
    """Written beside its place and moved there whole. What is there could not be used: it is removed."""
    files = {"module": bytes(base.module.serialize()), "memory": base.memory}
    files |= {f"{name}{_BYTECODE}": bytecode for name, bytecode in base.library.items()}
    header = {"state_offset": base.state_offset, "files": _digests(files)}
    with tempfile.TemporaryDirectory(dir=path.parent, ignore_cleanup_errors=True) as folder:
        draft = Path(folder) / "draft"
        draft.mkdir(mode=0o700)
        for name, content in files.items():
            (draft / name).write_bytes(content)
        (draft / _HEADER).write_text(json.dumps(header))
        shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process was faster
            draft.rename(path)
    _forget_unused(path.parent)


def _forget_unused(folder: Path) -> None:
    long_ago = time.time() - UNUSED_S
    with contextlib.suppress(OSError):
        for entry in [*folder.iterdir()]:
            if entry.stat().st_mtime < long_ago:
                shutil.rmtree(entry, ignore_errors=True)


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
