"""An `__init__.py` is a paragraph, imports and `__all__`: nothing is public by accident."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from interlock import executor, sandbox, secrets, worker

PARTS = [executor, sandbox, secrets, worker]


def init_files() -> Iterator[Path]:
    for part in PARTS:
        yield from sorted(Path(part.__path__[0]).rglob("__init__.py"))


@pytest.mark.parametrize("path", list(init_files()), ids=lambda path: path.parent.name)
def test_an_init_file_is_a_paragraph_imports_and_the_list_of_public_names(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "says what the package is for"
    imported, listed = [], []
    for statement in tree.body[1:]:
        match statement:
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                imported += [name.asname or name.name for name in names]
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                listed = ast.literal_eval(value)
            case _:
                pytest.fail(f"line {statement.lineno} is neither an import nor __all__")
    assert listed == sorted(listed, key=listed_order), "in alphabetical order"
    assert set(listed) == set(imported)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_public_name_is_there_and_documented(part: object) -> None:
    module = importlib.import_module(getattr(part, "__name__", ""))
    named = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    assert [name for name, value in named.items() if isinstance(value, type | FunctionType) and not value.__doc__] == []


def listed_order(name: str) -> tuple[int, str]:
    """The order ruff keeps: constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)
