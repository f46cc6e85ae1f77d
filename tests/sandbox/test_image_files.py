"""Images in files: what was loaded once runs in another process as if it had been loaded there."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from interlock.sandbox import Image, ImageFiles, Sandbox

SOURCE = "const made = [1, 2, 3].map((n) => n * 2); module.exports = (event) => ({ made, name: event.name });"


@pytest.fixture
def files(tmp_path: Path, sandbox: Sandbox) -> ImageFiles:
    return ImageFiles(tmp_path, sandbox.base.key)


@pytest.fixture
async def image(sandbox: Sandbox) -> Image:
    return await sandbox.load(SOURCE, filename="own.js")


async def test_what_was_written_is_read_and_runs(files: ImageFiles, image: Image, sandbox: Sandbox) -> None:
    files.write("a1", image)
    read = files.read("a1")
    assert read == image
    result = await sandbox.run(read, b'{"name":"Ada"}')
    assert result.output == {"made": [2, 4, 6], "name": "Ada"}


async def test_an_image_that_is_evaluated_in_each_run_stays_so(files: ImageFiles, sandbox: Sandbox) -> None:
    drawn = await sandbox.load("const drawn = Math.random(); module.exports = () => drawn;")
    assert not drawn.frozen
    files.write("a1", drawn)
    read = files.read("a1")
    assert read
    assert (await sandbox.run(read, b"null")).output != (await sandbox.run(read, b"null")).output


def test_what_is_not_there_is_none(files: ImageFiles) -> None:
    assert files.read("a1") is None


def test_an_image_of_another_engine_is_none(files: ImageFiles, image: Image, tmp_path: Path) -> None:
    files.write("a1", image)
    assert ImageFiles(tmp_path, "another").read("a1") is None


@pytest.mark.parametrize("cut", [0, 1, 40, 1_000, -1])
def test_a_file_that_is_not_whole_is_none_and_is_replaced(
    files: ImageFiles, image: Image, tmp_path: Path, cut: int
) -> None:
    files.write("a1", image)
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:cut])
    assert files.read("a1") is None
    files.write("a1", image)
    assert files.read("a1") == image
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"runs": []},
        {"runs": "all"},
        {"runs": [[0]]},
        {"runs": [[1 << 40, 4_096]]},
        {"runs": [[-4_096, 4_096]]},
        {"size": 1},
        {"size": None},
        {"digest": "0"},
        {"frozen": None, "runs": [[0, -1]]},
    ],
)
def test_a_file_that_somebody_changed_writes_nowhere_but_into_the_guest(
    files: ImageFiles, image: Image, tmp_path: Path, change: Any
) -> None:
    files.write("a1", image)
    [path] = tmp_path.iterdir()
    line, _, data = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(line), **change}).encode() + b"\n" + data)
    assert files.read("a1") is None


def test_what_was_not_read_for_longest_goes_when_there_is_no_room(tmp_path: Path, image: Image) -> None:
    files = ImageFiles(tmp_path, "engine")
    files.write("a1", image)
    size = next(tmp_path.iterdir()).stat().st_size
    files = ImageFiles(tmp_path, "engine", largest_bytes=2 * size)
    files.write("b2", image)
    os.utime(tmp_path / "b2.image", (1, 1))
    assert files.read("a1") == image
    files.write("c3", image)
    assert (files.read("a1"), files.read("b2"), files.read("c3")) == (image, None, image)


def test_a_folder_that_is_gone_keeps_nothing(tmp_path: Path, image: Image) -> None:
    files = ImageFiles(tmp_path / "gone", "engine")
    files.write("a1", image)
    assert files.read("a1") is None
