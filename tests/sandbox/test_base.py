"""The base image: small, the same whenever it is baked, and cached where nobody else can write."""

import os
import shutil
import stat
from pathlib import Path

import pytest
import wasmtime

from interlock.sandbox import Prelude, Sandbox, base, bindings, installation, state
from interlock.sandbox.errors import BakeFailed, EngineMissing

MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def engine() -> bindings.Engine:
    return bindings.Engine(slots=2, memory_bytes=64 << 20)


@pytest.fixture(scope="module")
def cached(sandbox: Sandbox) -> Path:
    """The folder that holds the session's sandbox."""
    key = base._key(installation.engine_wasm(), [installation.own_prelude()])
    return installation.cache_folder() / key


def test_the_engine_imports_one_function_of_ours_and_nothing_of_wasi() -> None:
    module = wasmtime.Module(wasmtime.Engine(), installation.engine_wasm())
    assert [(one.module, one.name) for one in module.imports] == [("interlock", "compute")]


def test_the_engine_exports_what_the_host_calls_and_nothing_else() -> None:
    module = wasmtime.Module(wasmtime.Engine(), installation.engine_wasm())
    assert {one.name for one in module.exports} == {
        "memory",
        "_initialize",
        "state",
        "alloc",
        "boot",
        "prelude",
        "bytecode",
        "settle",
        "compile",
        "evaluate",
        "enter",
        "where",
    }


def test_the_base_image_is_under_1_5_megabytes(sandbox: Sandbox) -> None:
    assert len(sandbox.base.memory) < MOST_BYTES


def test_baking_twice_gives_the_same_bytes(engine: bindings.Engine, sandbox: Sandbox) -> None:
    wasm_bytes, preludes = installation.engine_wasm(), [installation.own_prelude()]
    first = base.bake(engine, wasm_bytes, preludes)
    second = base.bake(engine, wasm_bytes, preludes)
    assert first == second
    assert first[1:] == (sandbox.base.memory, sandbox.base.state_offset, sandbox.base.library), (
        "also in another process"
    )


def test_the_base_holds_nothing_of_an_entry(sandbox: Sandbox) -> None:
    offset = sandbox.base.state_offset
    assert sandbox.base.memory[offset : offset + state.ENTRY.size] == bytes(state.ENTRY.size)
    report = state.Report(*state.REPORT.unpack_from(sandbox.base.memory, offset + state.REPORT_OFFSET))
    assert (report.fault, report.log_length, report.fault_stack_length) == (0, 0, 0)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("(function (host, runtime) { throw new Error('broken prelude') })", "broken prelude"),
        ("(function (host, runtime) {", "SyntaxError"),
        ("42", "does not evaluate"),
    ],
)
def test_a_prelude_that_does_not_evaluate_is_named(source: str, words: str, engine: bindings.Engine) -> None:
    preludes = [installation.own_prelude(), Prelude("mine", source)]
    with pytest.raises(BakeFailed, match="mine does not") as failed:
        base.bake(engine, installation.engine_wasm(), preludes)
    assert words in failed.value.message


def test_an_engine_that_was_not_built_is_missing_with_advice(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="make setup"):
        installation.prelude_from("own", tmp_path, "base.js")


def test_the_cache_folder_is_the_callers_or_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTERLOCK_CACHE_DIR", str(tmp_path / "mine"))
    assert installation.cache_folder() == tmp_path / "mine" / "baked"
    monkeypatch.delenv("INTERLOCK_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert installation.cache_folder() == tmp_path / "xdg" / "interlock" / "baked"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert installation.cache_folder() == tmp_path / "home" / ".cache" / "interlock" / "baked"


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("INTERLOCK_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert not installation.cache_folder().parent.is_dir()


def test_a_cache_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert base.private_folder(folder) == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o757, 0o1777, 0o720])
def test_a_folder_that_others_could_write_is_not_used(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    assert base.private_folder(folder) is None


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o750])
def test_a_folder_that_others_can_only_read_is_used(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    folder.chmod(mode)
    assert base.private_folder(folder) == folder


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert base.private_folder(tmp_path) is None


def test_a_cache_that_is_a_file_or_absent_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert base.private_folder(tmp_path / "file") is None
    assert base.private_folder(tmp_path / "file" / "below") is None
    assert base.private_folder(None) is None


def test_what_is_cached_is_what_was_baked(engine: bindings.Engine, sandbox: Sandbox, cached: Path) -> None:
    found = base._read(engine, cached)
    assert found
    assert (found.memory, found.state_offset, found.library) == (
        sandbox.base.memory,
        sandbox.base.state_offset,
        sandbox.base.library,
    )


@pytest.mark.parametrize("file", ["module", "memory", "base.json", "inspect.bytecode"])
def test_a_cached_engine_that_lacks_a_file_is_not_used(
    engine: bindings.Engine, cached: Path, tmp_path: Path, file: str
) -> None:
    copy = shutil.copytree(cached, tmp_path / "copy")
    (copy / file).unlink()
    assert base._read(engine, copy) is None


@pytest.mark.parametrize("file", ["module", "base.json"])
def test_a_cached_engine_that_is_no_engine_is_not_used(
    engine: bindings.Engine, cached: Path, tmp_path: Path, file: str
) -> None:
    copy = shutil.copytree(cached, tmp_path / "copy")
    (copy / file).write_bytes(b"{}")
    assert base._read(engine, copy) is None


def test_an_engine_that_nobody_opened_for_a_month_is_forgotten_when_another_is_kept(
    engine: bindings.Engine, sandbox: Sandbox, cached: Path, tmp_path: Path
) -> None:
    opened, unused = tmp_path / cached.name, tmp_path / "unused"
    for entry in (opened, unused):
        shutil.copytree(cached, entry)
        os.utime(entry, (0, 0))
    assert base._read(engine, opened)
    base._write(tmp_path / "another", sandbox.base)
    assert {entry.name for entry in tmp_path.iterdir()} == {cached.name, "another"}


def test_another_engine_prelude_or_library_module_is_another_key() -> None:
    def key(wasm: bytes = b"w", name: str = "a", source: str = "s", library: dict[str, str] | None = None) -> str:
        return base._key(wasm, [Prelude(name, source, library or {})])

    keys = [
        key(),
        key(b"x"),
        key(name="b"),
        key(source="t"),
        key(library={"l": "1"}),
        key(library={"l": "2"}),
        key(name="as", source=""),
    ]
    assert len(set(keys)) == len(keys)
    assert key(library={"a": "1", "b": "2"}) == key(library={"b": "2", "a": "1"})
