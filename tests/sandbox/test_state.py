"""The layout the host reads and writes is the one the C compiler gives `struct state`: both are computed here."""

import re
from pathlib import Path

import pytest

from interlock.sandbox import logs, state

HEADER = Path(__file__).parents[2] / "sandbox" / "guest" / "engine" / "guest.h"
SIZES = {"double": 8, "uint64_t": 8, "uint32_t": 4, "char": 1}
"""Of wasm32's C ABI; each type is aligned to its size."""


@pytest.fixture(scope="module")
def header() -> str:
    return re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)


@pytest.fixture(scope="module")
def defines(header: str) -> dict[str, int]:
    found = re.findall(r"^#define (\w+) +([\d ()*]+?)\s*$", header, re.MULTILINE)
    return {name: eval(text, {}) for name, text in found}


@pytest.fixture(scope="module")
def offsets(header: str, defines: dict[str, int]) -> dict[str, int]:
    body = re.search(r"struct state \{(.*?)\};", header, re.DOTALL)
    assert body
    found: dict[str, int] = {}
    position = 0
    for kind, names in re.findall(r"(\w+) ([^;]+);", body[1]):
        size = SIZES[kind]
        for name in names.split(","):
            field = re.fullmatch(r"\s*(\w+)(?:\[(\w+)\])?\s*", name)
            assert field, name
            position += -position % size
            found[field[1]] = position
            count = field[2] or "1"
            position += size * (int(count) if count.isdigit() else defines[count])
    return found


def test_what_the_host_writes_at_an_entry_begins_the_struct_in_this_order(offsets: dict[str, int]) -> None:
    assert list(offsets)[:5] == ["now_ms", "random", "memory_limit", "log_limit", "interrupt"]
    assert list(offsets.values())[:5] == [0, 8, 40, 44, state.INTERRUPT_OFFSET]
    assert state.ENTRY.size == state.ENTRY_PREFIX.size == offsets["fault"] == state.REPORT_OFFSET


def test_both_forms_of_an_entry_are_the_same_bytes() -> None:
    words = (1, 2, 3, 2**64 - 1)
    entropy = b"".join(word.to_bytes(8, "little") for word in words)
    assert state.ENTRY.pack(1.5, *words, 6, 7, 8, 9) == state.ENTRY_PREFIX.pack(1.5, entropy, 6, 7, 8, 9)


def test_the_report_has_the_structs_names_in_the_structs_order(offsets: dict[str, int]) -> None:
    names = list(offsets)
    reported = names[names.index("fault") : names.index("fault_stack_length") + 1]
    assert tuple(reported) == state.Report._fields
    assert [offsets[name] - state.REPORT_OFFSET for name in reported] == list(range(0, state.REPORT.size, 4))


def test_the_buffers_lie_where_the_host_looks(offsets: dict[str, int], defines: dict[str, int]) -> None:
    assert offsets["fault_stack"] == state.FAULT_STACK_OFFSET
    assert offsets["input"] == state.INPUT_OFFSET == state.FAULT_STACK_OFFSET + state.FAULT_STACK_BYTES
    assert defines["INPUT_BYTES"] == state.INPUT_BYTES
    assert defines["LOG_HEADER"] == logs._HEADER.size


@pytest.mark.parametrize(
    ("enum", "prefix"), [("fault", "FAULT_"), ("draw", "DREW_"), ("compute", "COMPUTE_"), ("answer_flag", "ANSWER_")]
)
def test_the_numbers_mean_the_same_on_both_sides(header: str, enum: str, prefix: str) -> None:
    body = re.search(rf"enum {enum} \{{(.*?)\}};", header, re.DOTALL)
    assert body
    number = -1
    ours = {}
    for item in body[1].split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        number = int(value) if value else number + 1
        ours[name] = number
    ours.pop("FAULT_NONE", None)
    theirs = {
        name: value
        for name, value in vars(state).items()
        if name.startswith(prefix) and not name.startswith("FAULT_STACK_") and isinstance(value, int)
    }
    assert theirs == ours


def test_the_levels_of_console_lines_are_those_of_the_guest() -> None:
    source = (HEADER.parents[1] / "runtime" / "console.js").read_text()
    body = re.search(r"const LEVELS = \{(.*?)\}", source, re.DOTALL)
    assert body
    numbers = {name: int(number) for name, number in re.findall(r"(\w+): (\d)", body[1])}
    assert tuple(sorted(numbers, key=numbers.__getitem__)) == logs.LEVELS
