"""The engine's build: what it takes in is what was pinned, and what it makes may ask nothing of WASI."""

import io
import tarfile
from pathlib import Path

import pytest
import wasmtime

import build_engine
import engine_source


def sdist_holding(path: Path, *members: str) -> Path:
    """An archive whose members each hold their own name."""
    with tarfile.open(path, "w:gz") as archive:
        for name in members:
            info = tarfile.TarInfo(name)
            info.size = len(name)
            archive.addfile(info, io.BytesIO(name.encode()))
    return path


def test_an_engine_that_imports_wasi_is_refused_by_name() -> None:
    engine = wasmtime.wat2wasm(
        '(module (import "interlock" "compute" (func)) (import "wasi_snapshot_preview1" "fd_write" (func)))'
    )
    with pytest.raises(build_engine.BuildFailed, match=r"wasi_snapshot_preview1\.fd_write; it may"):
        build_engine.refuse_foreign_imports(bytes(engine))


def test_the_built_engine_imports_one_function_of_ours_and_nothing_else() -> None:
    engine = build_engine.GUEST.parent / "interlock" / "sandbox" / "built" / "engine.wasm"
    imports = wasmtime.Module(wasmtime.Engine(), engine.read_bytes()).imports
    assert [(found.module, found.name) for found in imports] == [("interlock", "compute")]


def test_the_lock_file_pins_one_source_by_its_hash() -> None:
    pin = engine_source.pinned()
    assert (pin.name, pin.version, len(pin.sha256)) == ("quickjs-ng", "0.17.0.2", 64)


def test_a_lock_file_with_two_sources_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "engine.lock"
    lock.write_text(engine_source.LOCK.read_text() * 2)
    with pytest.raises(engine_source.SourceUnavailable, match="exactly one source"):
        engine_source.pinned(lock)


def test_only_the_engines_own_sources_leave_the_archive(tmp_path: Path) -> None:
    inside, outside = "x-1/upstream-quickjs/quickjs.c", "x-1/upstream-quickjs/../../../outside.c"
    sdist = sdist_holding(tmp_path / "x-1.tar.gz", inside, outside, "x-1/module.c", "x-1/upstream-quickjs/notes.txt")
    engine_source.extract(sdist, tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*.c")] == ["quickjs.c"]


def test_another_flag_or_source_gives_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    own = build_engine.own_files()
    key = build_engine.engine_key(own)
    assert build_engine.engine_key(own | {"guest.c": b"int x;"}) != key
    monkeypatch.setattr(build_engine, "LINK", (*build_engine.LINK, "-g"))
    assert build_engine.engine_key(own) != key


def test_the_compilers_words_are_shown_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(build_engine.BuildFailed, match=r"no-such-file\.c"):
        build_engine.zig_cc(["-c", "no-such-file.c"], tmp_path, tmp_path / "zig")


@pytest.mark.slow
def test_two_builds_in_two_folders_are_byte_identical(tmp_path: Path) -> None:
    source = engine_source.fetch(build_engine.cache_folder() / "source")
    engines = []
    for name in ("one", "another-folder/with-a-longer-name"):
        work = tmp_path / name
        work.mkdir(parents=True)
        # Each with a compiler cache of its own: nothing of the first build can end up in the second.
        engines.append(build_engine.build(work, source, build_engine.own_files(), tmp_path / f"zig-{work.name}"))
    assert engines[0].read_bytes() == engines[1].read_bytes()
