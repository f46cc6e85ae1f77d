"""JSON and YAML with the line of everything in them.

YAML is what js-yaml reads, with which the deploy tool does: the core schema of YAML 1.2, in which `no` and `1:30` are
texts. It is built from libyaml's events without recursion; a document that is deep, or that aliases make large, is
refused. No tag makes an object.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from interlock.executor.errors import ExportRefused

MOST_DEPTH: Final = 40
MOST_NODES: Final = 200_000
"""Aliases counted as what they stand for."""

Path = tuple[str | int, ...]
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds, with the lines of its parts, by their paths."""

    value: Any = field(repr=False)
    lines: Mapping[Path, int] = field(repr=False)

    def line(self, *path: str | int) -> int:
        """Return the line of a part, or of the nearest around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_json(text: str, file: str) -> Document:
    """Return a JSON document. Raises ExportRefused (export_invalid)."""
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise ExportRefused("export_invalid", f"{file}:{line}: it is no JSON.") from None
    try:
        # Nearly all JSON is YAML, whose parser tells lines; where it is not, the file has to do.
        lines = _Builder(file).build(text).lines
    except ExportRefused as refused:
        if refused.code == "export_too_large":
            raise
        lines = {}
    return Document(value, lines)


def read_yaml(text: str, file: str) -> Document:
    """Return a YAML document. Raises ExportRefused (export_invalid, export_too_large)."""
    return _Builder(file).build(text.removeprefix("\ufeff"))


@dataclass(slots=True)
class _Open:
    """A list or a mapping that is being read. `before`: the nodes there were when it began."""

    value: list[Any] | dict[str, Any]
    path: Path
    anchor: str | None
    before: int
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    open: list[_Open] = field(default_factory=list)
    nodes: int = 0
    line: int = 1
    whole: Any = None
    documents: int = 0

    def build(self, text: str) -> Document:
        try:
            for event in _events(text):
                self.line = event.start_mark.line + 1
                self._take(event)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else self.line
            # What is wrong may stand between quotes in the library's message, and be a value: only the place is told.
            raise ExportRefused("export_invalid", f"{self.file}:{line}: it is no YAML.") from None
        except (yaml.YAMLError, RecursionError, UnicodeError):
            raise ExportRefused("export_invalid", f"{self.file}:{self.line}: it is no YAML.") from None
        return Document(self.whole, self.lines)

    def _take(self, event: Any) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise self._invalid("it holds several documents")
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                self._tagged(event.tag, "map" if is_mapping else "seq")
                path = self._path()
                self.lines.setdefault(path, self.line)
                self._count(1)
                self.open.append(_Open({} if is_mapping else [], path, event.anchor, self.nodes))
                if len(self.open) > MOST_DEPTH:
                    raise self._large(f"it is nested more than {MOST_DEPTH} deep")
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self.open.pop()
                if done.anchor:
                    self.anchors[done.anchor] = (done.value, self.nodes - done.before + 1)
                self._put(done.value)
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.AliasEvent():
                self._alias(event.anchor)

    def _scalar(self, event: Any) -> None:
        value = self._value(event)
        self._count(1)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        inside = self.open[-1] if self.open else None
        if inside is not None and isinstance(inside.value, dict) and inside.key is None:
            key = event.value
            if key == "<<" and event.implicit[0]:
                raise self._invalid("it merges with <<")
            if key in inside.value:
                raise self._invalid("a key is there twice")
            inside.key = key
            self.lines.setdefault((*inside.path, key), self.line)
            return
        self.lines.setdefault(self._path(), self.line)
        self._put(value)

    def _value(self, event: Any) -> Any:
        tag = event.tag.removeprefix(_TAG) if event.tag and event.tag != "!" else None
        if tag is not None:
            self._tagged(event.tag, "str", "int", "float", "bool", "null")
        if tag == "str" or (tag is None and not event.implicit[0]):
            return event.value
        value = plain(event.value)
        if tag is not None and (tag, type(value).__name__) not in {
            *(("int", "int"), ("float", "float"), ("float", "int"), ("bool", "bool"), ("null", "NoneType"))
        }:
            raise self._invalid(f"a value is no {tag}")
        return value

    def _alias(self, anchor: str | None) -> None:
        # An anchor of what is still open would make a circle.
        if anchor is None or anchor not in self.anchors:
            raise self._invalid("an alias has no anchor before it")
        value, size = self.anchors[anchor]
        inside = self.open[-1] if self.open else None
        if inside is not None and isinstance(inside.value, dict) and inside.key is None:
            raise self._invalid("a key is an alias")
        self._count(size)
        self.lines.setdefault(self._path(), self.line)
        self._put(value)

    def _path(self) -> Path:
        if not self.open:
            return ()
        inside = self.open[-1]
        if isinstance(inside.value, list):
            return (*inside.path, len(inside.value))
        if inside.key is None:
            raise self._invalid("a key is no text")
        return (*inside.path, inside.key)

    def _put(self, value: Any) -> None:
        if not self.open:
            self.whole = value
            return
        inside = self.open[-1]
        if isinstance(inside.value, list):
            inside.value.append(value)
        elif inside.key is not None:
            inside.value[inside.key] = value
            inside.key = None

    def _count(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            raise self._large(f"it has more than {MOST_NODES:,} parts")

    def _tagged(self, tag: str | None, *known: str) -> None:
        if tag not in {None, "!", *(_TAG + name for name in known)}:
            raise self._invalid("it has a tag of its own")

    def _invalid(self, what: str) -> ExportRefused:
        return ExportRefused("export_invalid", f"{self.file}:{self.line}: {what}, which no export does.")

    def _large(self, what: str) -> ExportRefused:
        return ExportRefused("export_too_large", f"{self.file}:{self.line}: {what}.")


def plain(text: str) -> Any:
    """Return what a plain scalar stands for in YAML 1.2's core schema."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        bases = {"0o": 8, "0x": 16}
        return int(text[2:], bases[text[:2]]) if text[:2] in bases else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _events(text: str) -> Iterator[Any]:
    found: Iterable[Any] = yaml.parse(text, Loader=_LOADER)
    return iter(found)
