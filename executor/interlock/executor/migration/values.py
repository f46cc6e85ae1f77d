"""What an expression stands for, where its text tells it: `("api", "user", "setRoles")`, `("event", "user")`,
`("module", "fs", "writeFileSync")`, `("global", "process")`. None where it cannot be told: nothing is guessed.
"""

from dataclasses import dataclass, field
from typing import Final

from tree_sitter import Node

from interlock.executor.migration import scopes
from interlock.executor.migration.scopes import Declared, Names
from interlock.executor.migration.source import DEEPEST, Source, bare, child, string

Value = tuple[str, ...]

_MEMBERS: Final = frozenset({"member_expression", "subscript_expression"})
_UNDER_WAY: Final = ("", "")
_LONGEST: Final = 16
"""Of a chain of members: twice what the longest field of an event has."""


@dataclass(slots=True)
class Values:
    """The values of one source. `handlers` are those of the action's trigger, by name."""

    source: Source
    names: Names
    handlers: dict[str, Node] = field(default_factory=dict)
    _known: dict[int, Value | None] = field(default_factory=dict)
    _found: dict[int, Value | None] = field(default_factory=dict)
    _depth: int = 0

    def of(self, node: Node | None) -> Value | None:
        """Return what an expression stands for."""
        if node is None:
            return None
        if self._depth or node.id not in self._found:
            found = self._chain(node)
            # What is asked while something else is being found out may lack just that.
            if self._depth:
                return found
            self._found[node.id] = found
        return self._found[node.id]

    def _chain(self, node: Node) -> Value | None:
        members: list[str] = []
        node = bare(node)
        while node.type in _MEMBERS and len(members) < _LONGEST:
            named = self.member(node)
            inner = child(node, "object")
            if named is None or inner is None:
                return None
            members.append(named)
            node = bare(inner)
        begins = self._begins(node)
        return None if begins is None else (*begins, *reversed(members))

    def member(self, node: Node) -> str | None:
        """Return the name of the member that an expression takes."""
        if node.type == "subscript_expression":
            return string(self.source, child(node, "index"))
        named = child(node, "property")
        return self.source.text(named) if named is not None and named.type == "property_identifier" else None

    def of_declared(self, declared: Declared) -> Value | None:
        """Return what a declared name stands for, if that never changes."""
        key = declared.node.id
        if key in self._known:
            known = self._known[key]
            return None if known == _UNDER_WAY else known
        if declared.is_written or declared.parts is None or self._depth > DEEPEST:
            return None
        self._known[key] = _UNDER_WAY
        self._depth += 1
        found = self._of_parameter(declared) if declared.function is not None else self._of_declarator(declared)
        self._depth -= 1
        self._known[key] = None if found is None else (*found, *declared.parts)
        return self._known[key]

    def _begins(self, node: Node) -> Value | None:
        if node.type in {"identifier", "shorthand_property_identifier"}:
            declared = self.names.meant.get(node.id)
            return ("global", self.source.text(node)) if declared is None else self.of_declared(declared)
        if node.type == "call_expression":
            return self._called(node)
        if node.type == "binary_expression":
            operator, right = child(node, "operator"), child(node, "right")
            # `event.user.app_metadata || {}` is as good as what stands on its left.
            is_default = operator is not None and operator.type in {"||", "??"}
            if is_default and right is not None and bare(right).type in {"object", "string", "array"}:
                return self._deeper(child(node, "left"))
        return None

    def _called(self, node: Node) -> Value | None:
        function, arguments = child(node, "function"), child(node, "arguments")
        if function is None or arguments is None or not arguments.named_children:
            return None
        name = string(self.source, arguments.named_children[0])
        is_require = function.type == "import" or (
            function.type == "identifier"
            and self.source.text(function) == "require"
            and function.id not in self.names.meant
        )
        return ("module", name.removeprefix("node:")) if is_require and name is not None else None

    def _deeper(self, node: Node | None) -> Value | None:
        if self._depth > DEEPEST:
            return None
        self._depth += 1
        try:
            return self.of(node)
        finally:
            self._depth -= 1

    def _of_declarator(self, declared: Declared) -> Value | None:
        if declared.made.type == "variable_declarator":
            return self.of(child(declared.made, "value"))
        if declared.made.type != "import_statement":
            return None
        name = string(self.source, child(declared.made, "source"))
        outer = self.source.parent(declared.node)
        if name is None or outer is None:
            return None
        module = ("module", name.removeprefix("node:"))
        taken = child(outer, "name") if outer.type == "import_specifier" else None
        return module if taken is None or self.source.text(taken) == "default" else (*module, self.source.text(taken))

    def _of_parameter(self, declared: Declared) -> Value | None:
        function, position = declared.function, declared.position
        if function is None:
            return None
        if any(handler.id == function.id for handler in self.handlers.values()):
            return (("event",), ("api",))[position] if position < 2 else None
        called = self.names.functions.get(function.id)
        if called is None or called.is_written:
            return None
        given: set[Value | None] = set()
        for reference in called.references:
            argument = _argument(self.source, reference, position)
            # A function that calls itself with what it was given says nothing new.
            if argument is None or self.names.meant.get(argument.id) is not declared:
                given.add(None if argument is None else self.of(argument))
        return given.pop() if len(given) == 1 else None


def _argument(source: Source, reference: Node, position: int) -> Node | None:
    """Return what a call by this name passes at a position; None where it is no call, or that cannot be told."""
    call = source.parent(reference)
    if call is None or call.type != "call_expression" or child(call, "function") != reference:
        # It is handed on, so anybody may call it with anything.
        return None
    arguments = child(call, "arguments")
    listed = [] if arguments is None else [each for each in arguments.named_children if each.type != "comment"]
    if position >= len(listed) or any(each.type == "spread_element" for each in listed[: position + 1]):
        return None
    return listed[position]


def handlers(source: Source, names: Names, wanted: tuple[str, ...]) -> tuple[dict[str, Node], bool]:
    """Return the functions that a source exports under these names, and whether it may export others in a way that
    cannot be told.
    """
    found: dict[str, Node] = {}
    unclear = False
    for node in source.nodes:
        if node.type == "assignment_expression":
            left, right = child(node, "left"), child(node, "right")
            if left is None or right is None:
                continue
            said = source.text(left).replace(" ", "")
            if said in {"module.exports", "exports"}:
                given = bare(right)
                if given.type == "assignment_expression":
                    continue
                unclear = _exported(source, names, given, wanted, found) or unclear
            elif left.type in _MEMBERS and said.partition("[")[0].rpartition(".")[0] in {"module.exports", "exports"}:
                _take(names, said.rpartition(".")[2], right, wanted, found)
            elif left.type == "subscript_expression" and said.startswith(("exports[", "module.exports[")):
                name = string(source, child(left, "index"))
                unclear = unclear or name is None
                _take(names, name or "", right, wanted, found)
        elif node.type == "export_statement":
            unclear = _es_exports(source, names, node, wanted, found) or unclear
        elif node.type == "call_expression":
            # Object.assign(exports, ...), Object.defineProperty(exports, ...), and what is like it.
            arguments = child(node, "arguments")
            first = arguments.named_children[:1] if arguments is not None else []
            unclear = unclear or any(source.text(each) in {"exports", "module.exports", "module"} for each in first)
    return found, unclear


def _exported(source: Source, names: Names, given: Node, wanted: tuple[str, ...], found: dict[str, Node]) -> bool:
    if given.type != "object":
        return True
    unclear = False
    for each in given.named_children:
        if each.type == "pair":
            key, value = child(each, "key"), child(each, "value")
            name = source.text(key).strip("'\"") if key is not None else ""
            if value is not None:
                _take(names, name, value, wanted, found)
        elif each.type == "method_definition":
            name_node = child(each, "name")
            _take(names, source.text(name_node) if name_node is not None else "", each, wanted, found)
        elif each.type == "shorthand_property_identifier":
            _take(names, source.text(each), each, wanted, found)
        elif each.type == "spread_element":
            unclear = True
    return unclear


def _es_exports(source: Source, names: Names, node: Node, wanted: tuple[str, ...], found: dict[str, Node]) -> bool:
    declaration = child(node, "declaration")
    unclear = child(node, "source") is not None or child(node, "value") is not None
    if declaration is not None and declaration.type in scopes.FUNCTIONS:
        name = child(declaration, "name")
        _take(names, source.text(name) if name is not None else "", declaration, wanted, found)
    elif declaration is not None:
        for each in declaration.named_children:
            name, value = child(each, "name"), child(each, "value")
            if name is not None and value is not None:
                _take(names, source.text(name), value, wanted, found)
    for clause in node.named_children:
        for each in clause.named_children if clause.type == "export_clause" else ():
            name = child(each, "name")
            alias = child(each, "alias") or name
            if name is not None and alias is not None:
                _take(names, source.text(alias), name, wanted, found)
    return unclear


def _take(names: Names, name: str, value: Node, wanted: tuple[str, ...], found: dict[str, Node]) -> None:
    if name not in wanted:
        return
    value = bare(value)
    if value.type in {"identifier", "shorthand_property_identifier"}:
        declared = names.meant.get(value.id)
        if declared is not None:
            made = declared.made
            value = child(made, "value") or made if made.type == "variable_declarator" else made
    found[name] = bare(value)
