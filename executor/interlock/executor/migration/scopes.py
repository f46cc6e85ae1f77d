"""Which declaration a name in an author's code means."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tree_sitter import Node

from interlock.executor.migration.source import MOST_NODES, Source, child, walk

FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    }
)
_BLOCKS: Final = frozenset(
    {"statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body", "class_static_block"}
)
_NAMED: Final = frozenset({"function_declaration", "generator_function_declaration", "class_declaration"})
_NAMES: Final = frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"})
_PATTERNS: Final = frozenset({"object_pattern", "array_pattern"})


@dataclass(slots=True, eq=False)
class Declared:
    """A name that is declared. `made` is where: a declarator, a function, an import, or a parameter's pattern.

    `parts` are the members that a pattern takes out of the value; None where that cannot be told. `function` and
    `position` say which parameter it is.
    """

    name: str
    node: Node
    made: Node
    scope: "Scope"
    parts: tuple[str, ...] | None = ()
    function: Node | None = None
    position: int = 0
    references: list[Node] = field(default_factory=list)
    is_written: bool = False

    @property
    def is_top(self) -> bool:
        """Whether it is declared at the top level."""
        return self.scope.outer is None


@dataclass(slots=True, eq=False)
class Scope:
    """Where names are declared: a program, a function, a block."""

    node: Node
    outer: "Scope | None"
    names: dict[str, Declared] = field(default_factory=dict)

    def find(self, name: str) -> Declared | None:
        """Return what a name means here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    @property
    def function(self) -> "Scope":
        """Return the scope that `var` declares in."""
        scope = self
        while scope.outer is not None and scope.node.type not in FUNCTIONS:
            scope = scope.outer
        return scope


@dataclass(slots=True)
class Names:
    """All names of a source: what each means. What is in neither is a global."""

    source: Source
    meant: dict[int, Declared] = field(default_factory=dict)
    declared: list[Declared] = field(default_factory=list)
    functions: dict[int, Declared] = field(default_factory=dict)
    """The names that functions are declared with, by the function."""


def resolve(source: Source) -> Names:
    """Return what every name of a source means."""
    found = Names(source)
    scopes = _scopes(source, found)
    for node in source.nodes:
        if node.type in _NAMES and (declared := scopes[node.id].find(source.text(node))) is not None:
            found.meant[node.id] = declared
            if node.id != declared.node.id:
                declared.references.append(node)
                declared.is_written = declared.is_written or is_target(source, node)
    return found


def is_target(source: Source, node: Node) -> bool:
    """Whether something is assigned to this name."""
    outer: Node | None = source.parent(node)
    inner = node
    while outer is not None and outer.type in {*_PATTERNS, "pair_pattern", "assignment_pattern", "rest_pattern"}:
        if outer.type == "assignment_pattern" and child(outer, "left") != inner:
            return False
        inner, outer = outer, source.parent(outer)
    if outer is None:
        return False
    if outer.type in {"assignment_expression", "augmented_assignment_expression"}:
        return child(outer, "left") == inner
    if outer.type == "for_in_statement":
        return child(outer, "left") == inner and child(outer, "kind") is None
    return outer.type == "update_expression"


def _scopes(source: Source, found: Names) -> dict[int, Scope]:
    """Return the scope of every node, with all declarations made: a name can be used above its declaration."""
    top = Scope(source.root, None)
    scopes: dict[int, Scope] = {}
    waiting: list[tuple[Node, Scope]] = [(source.root, top)]
    count = 0
    while waiting and count < MOST_NODES:
        node, scope = waiting.pop()
        count += 1
        scopes[node.id] = scope
        inside = scope
        if node.type in FUNCTIONS or node.type in _BLOCKS:
            inside = Scope(node, scope)
        _declare(source, node, scope, inside, found)
        waiting.extend((each, inside) for each in reversed(node.children))
    return scopes


def _declare(source: Source, node: Node, scope: Scope, inside: Scope, found: Names) -> None:
    kind = node.type
    if kind == "variable_declarator":
        outer = source.parent(node)
        is_var = outer is not None and outer.type == "variable_declaration"
        _declarator(source, node, scope.function if is_var else scope, found)
    elif kind in _NAMED:
        _pattern(source, child(node, "name"), node, scope, found)
        if (name := child(node, "name")) is not None:
            found.functions[node.id] = scope.names[source.text(name)]
    elif kind == "import_statement":
        _imported(source, node, scope, found)
    elif kind == "catch_clause":
        _pattern(source, child(node, "parameter"), node, inside, found, None)
    elif kind == "for_in_statement" and child(node, "kind") is not None:
        _pattern(source, child(node, "left"), node, inside, found, None)
    if kind in FUNCTIONS:
        single = child(node, "parameter")
        for position, parameter in enumerate([single] if single is not None else _parameters(node)):
            _pattern(source, parameter, node, inside, found, (), node, position)


def _declarator(source: Source, node: Node, scope: Scope, found: Names) -> None:
    name, value = child(node, "name"), child(node, "value")
    _pattern(source, name, node, scope, found)
    if name is not None and name.type == "identifier" and value is not None and value.type in FUNCTIONS:
        found.functions[value.id] = scope.names[source.text(name)]


def _imported(source: Source, node: Node, scope: Scope, found: Names) -> None:
    for each in walk(node):
        if each.type in {"import_specifier", "namespace_import", "import_clause"}:
            names = [part for part in each.named_children if part.type == "identifier"]
            if names:
                _add(source, names[-1], node, scope, found, ())


def _parameters(function: Node) -> list[Node]:
    listed = child(function, "parameters")
    found = [] if listed is None else [each for each in listed.named_children if each.type != "comment"]
    # In TypeScript each has its type beside it.
    return [child(each, "pattern") or each for each in found]


def _pattern(  # noqa: PLR0913, PLR0917 - what is declared, and by what
    source: Source,
    node: Node | None,
    made: Node,
    scope: Scope,
    found: Names,
    parts: tuple[str, ...] | None = (),
    function: Node | None = None,
    position: int = 0,
) -> None:
    """Declare all names of a pattern, each with the members that lead to it."""
    waiting: list[tuple[Node | None, tuple[str, ...] | None]] = [(node, parts)]
    while waiting:
        each, here = waiting.pop()
        if each is None:
            continue
        if each.type in {"identifier", "shorthand_property_identifier_pattern"}:
            is_short = each.type == "shorthand_property_identifier_pattern"
            own = _and(here, source.text(each)) if is_short else here
            _add(source, each, made, scope, found, own, function, position)
        elif each.type in {"assignment_pattern", "object_assignment_pattern"}:
            waiting.append((child(each, "left"), here))
        elif each.type == "pair_pattern":
            key = child(each, "key")
            named = source.text(key) if key is not None and key.type == "property_identifier" else None
            waiting.append((child(each, "value"), None if named is None else _and(here, named)))
        elif each.type == "object_pattern":
            waiting.extend((inner, here) for inner in each.named_children)
        elif each.type in {"array_pattern", "rest_pattern"}:
            waiting.extend((inner, None) for inner in each.named_children)


def _and(parts: tuple[str, ...] | None, name: str) -> tuple[str, ...] | None:
    return None if parts is None else (*parts, name)


def _add(  # noqa: PLR0913, PLR0917 - what is declared, and by what
    source: Source,
    node: Node,
    made: Node,
    scope: Scope,
    found: Names,
    parts: tuple[str, ...] | None,
    function: Node | None = None,
    position: int = 0,
) -> None:
    name = source.text(node)
    there = scope.names.get(name)
    if there is not None:
        # Declared twice, as `var` may be: nothing can be said of its value.
        there.is_written = True
        found.meant[node.id] = there
        return
    made_of = Declared(name, node, made, scope, parts, function, position)
    scope.names[name] = made_of
    found.declared.append(made_of)


def enclosing(source: Source, node: Node) -> Iterator[Node]:
    """Give the functions around a node, the nearest first."""
    outer = source.parent(node)
    while outer is not None:
        if outer.type in FUNCTIONS:
            yield outer
        outer = source.parent(outer)
