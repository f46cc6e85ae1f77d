"""An author's code as a tree. The parser is tree-sitter's: it takes what is broken, or hostile, in time that grows with
its length, and nothing of ours recurses over what it gives.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

MOST_BYTES: Final = 256 << 10
"""More than twice what an action may have."""
MOST_NODES: Final = 400_000
DEEPEST: Final = 60
"""How far a chain of members, or of brackets, is followed."""

_INSIDE: Final = frozenset(
    {"parenthesized_expression", "await_expression", "non_null_expression", "as_expression", "satisfies_expression"}
)


@dataclass(frozen=True, slots=True)
class Source:
    """A tree, and its text. `nodes` are all of it in the order of the text. `is_whole`: none of it was left out because
    there is too much.
    """

    root: Node
    octets: bytes = field(repr=False)
    nodes: Sequence[Node] = field(repr=False)
    parents: Mapping[int, Node] = field(repr=False)
    is_whole: bool = True

    def parent(self, node: Node) -> Node | None:
        """Return what a node stands in. The parser's own way there begins at the root, each time."""
        return self.parents.get(node.id)

    def text(self, node: Node) -> str:
        """Return what the author wrote there."""
        return self.octets[node.start_byte : node.end_byte].decode("utf-8", "replace")


def parse(code: str, language: str = "javascript") -> Source:
    """Return the tree of code, whatever it is."""
    octets = code.encode("utf-8", "replace")
    is_whole = len(octets) <= MOST_BYTES
    if not is_whole:
        octets = b""
    grammar = tree_sitter_typescript.language_typescript() if language == "typescript" else None
    tree = Parser(Language(grammar or tree_sitter_javascript.language())).parse(octets)
    parents: dict[int, Node] = {}
    nodes, waiting = list[Node](), [tree.root_node]
    while waiting and len(nodes) < MOST_NODES:
        node = waiting.pop()
        nodes.append(node)
        parts = node.children
        parents.update((part.id, node) for part in parts)
        waiting.extend(reversed(parts))
    return Source(tree.root_node, octets, nodes, parents, is_whole and not waiting)


def walk(root: Node) -> Iterator[Node]:
    """Give a node and all below it, in the order of the text."""
    waiting, count = [root], 0
    while waiting and count < MOST_NODES:
        node = waiting.pop()
        count += 1
        yield node
        waiting.extend(reversed(node.children))


def child(node: Node, name: str) -> Node | None:
    """Return the part of a node that has this name in the grammar."""
    return node.child_by_field_name(name)


def bare(node: Node) -> Node:
    """Return an expression without brackets, `await` and what is TypeScript's around it."""
    for _ in range(DEEPEST):
        if node.type not in _INSIDE or not node.named_children:
            break
        node = node.named_children[0]
    return node


def place(node: Node) -> tuple[int, int]:
    """Return line and column, from 1."""
    return node.start_point.row + 1, node.start_point.column + 1


def string(source: Source, node: Node | None) -> str | None:
    """Return the text of a string that is written as one, or of a template without expressions; None of all else."""
    if node is None or node.type not in {"string", "template_string"}:
        return None
    if any(part.type not in {"string_fragment", "'", '"', "`"} for part in node.children):
        return None
    return source.text(node)[1:-1]
