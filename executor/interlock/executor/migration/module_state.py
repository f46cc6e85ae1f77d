"""What an action keeps at its top level from one execution to the next. At Auth0 an instance is used again, now and
then; here every run begins with what the top level made, so what a handler puts there is never found again.
"""

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from interlock.executor.migration import findings, scopes
from interlock.executor.migration.findings import Finding
from interlock.executor.migration.reading import Reading
from interlock.executor.migration.scopes import Declared
from interlock.executor.migration.source import bare, child

_KEEPING: Final = frozenset({"Map", "Set", "WeakMap", "WeakSet", "Array", "Object"})
_CHANGING: Final = frozenset("add append clear delete pop push put set shift splice unshift".split())
_AT_ONCE: Final = frozenset(
    "every filter find findIndex flatMap forEach from map reduce reduceRight replace replaceAll some sort".split()
)
"""Methods that call what they are given before they return."""
_DEEPEST_CALLS: Final = 4
_TESTS: Final = frozenset({"if_statement", "ternary_expression", "while_statement"})
_OPERATORS: Final = frozenset({"!", "&&", "||", "??", "==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "typeof"})
_ADVICE: Final = (
    "Texts can be kept in api.cache, which all executions of the trigger share; a client is made anew in each run."
)
_NO_CACHE: Final = "Every run begins anew: keep it in a service, or do without."


def check(reading: Reading) -> Iterator[Finding]:
    """Give what handlers write at the top level and may expect to find again."""
    has_cache = reading.trigger is None or "api.cache.set" in reading.trigger.methods
    advice = _ADVICE if has_cache else _NO_CACHE
    for declared in reading.names.declared:
        if not declared.is_top or declared.made.type == "import_statement":
            continue
        written = [
            node for node in declared.references if _in_a_run(reading, node) and _is_written(reading, declared, node)
        ]
        if not written:
            continue
        if _is_kept(reading, declared):
            yield reading.at(
                written[0],
                findings.DIFFERS,
                "module_state",
                f"{declared.name} is kept at the top level between executions. Here it always begins as the "
                "top level made it: a cache in it is always empty.",
                advice,
            )
        else:
            yield reading.at(
                written[0],
                findings.NOTE,
                "module_state_written",
                f"{declared.name} is written at the top level. Here no other execution sees it.",
                "Nothing has to be done, if it is not meant to be found again.",
            )
    yield from _globals(reading, advice)


def _in_a_run(reading: Reading, node: Node, depth: int = 0) -> bool:
    """Whether it happens in a function that is not called while the top level is evaluated."""
    return any(not _is_called_at_once(reading, each, depth) for each in scopes.enclosing(reading.source, node))


def _is_called_at_once(reading: Reading, function: Node, depth: int) -> bool:
    """Whether a function runs where it stands, or only where the top level calls it."""
    outer = reading.source.parent(function)
    while outer is not None and outer.type == "parenthesized_expression":
        outer = reading.source.parent(outer)
    if outer is not None and outer.type == "call_expression":
        return bare(child(outer, "function") or outer) == function
    if outer is not None and outer.type == "arguments":
        call = reading.source.parent(outer)
        called = None if call is None else child(call, "function")
        named = None if called is None else child(called, "property")
        return named is not None and reading.source.text(named) in _AT_ONCE
    declared = reading.names.functions.get(function.id)
    if declared is None or not declared.references or depth > _DEEPEST_CALLS:
        return False
    return all(_is_top_call(reading, each, depth) for each in declared.references)


def _is_top_call(reading: Reading, reference: Node, depth: int) -> bool:
    call = reading.source.parent(reference)
    if call is None or call.type != "call_expression" or child(call, "function") != reference:
        return False
    return not _in_a_run(reading, reference, depth + 1)


def _is_written(reading: Reading, declared: Declared, node: Node) -> bool:
    return scopes.is_target(reading.source, node) or (_is_collection(reading, declared) and _is_changed(reading, node))


def _is_changed(reading: Reading, node: Node) -> bool:
    """Whether something is put into what a name holds, or taken out of it."""
    inner, outer = node, reading.source.parent(node)
    while outer is not None and outer.type in {"member_expression", "subscript_expression"}:
        named, after = child(outer, "property"), reading.source.parent(outer)
        if after is not None and after.type == "call_expression" and child(after, "function") == outer:
            return named is not None and reading.source.text(named) in _CHANGING
        if child(outer, "object") != inner:
            break
        inner, outer = outer, after
    if outer is None or inner == node:
        return False
    if outer.type in {"assignment_expression", "augmented_assignment_expression"}:
        return child(outer, "left") == inner
    is_delete = outer.type == "unary_expression" and reading.source.text(outer).startswith("delete")
    return is_delete or outer.type == "update_expression"


def _is_collection(reading: Reading, declared: Declared) -> bool:
    """Whether what it holds keeps things: an object, a list, a map, or what is called a cache."""
    if declared.made.type != "variable_declarator" or declared.parts:
        return False
    value = child(declared.made, "value")
    if value is None:
        return False
    value = bare(value)
    if value.type in {"object", "array"}:
        return True
    made = child(value, "constructor") if value.type == "new_expression" else None
    if made is None:
        return False
    name = reading.source.text(made)
    return name in _KEEPING or "cache" in name.lower() or "lru" in name.lower()


def _is_kept(reading: Reading, declared: Declared) -> bool:
    """Whether some run looks at what an earlier one may have left."""
    if _is_collection(reading, declared):
        return True
    if _is_set_first(reading, declared):
        return False
    for node in declared.references:
        outer = reading.source.parent(node)
        if not _in_a_run(reading, node) or outer is None:
            continue
        if outer.type in {"update_expression", "augmented_assignment_expression"} and scopes.is_target(
            reading.source, node
        ):
            return True
        if _is_tested(reading, node):
            return True
    return False


def _is_set_first(reading: Reading, declared: Declared) -> bool:
    """Whether the handlers themselves begin by writing it: then what another run left is never seen."""
    runs = [node for node in declared.references if _in_a_run(reading, node)]
    handlers = {handler.id for handler in reading.values.handlers.values()}
    first = min(runs, key=lambda node: node.start_byte, default=None)
    assignment = None if first is None else reading.source.parent(first)
    if first is None or assignment is None or assignment.type != "assignment_expression":
        return False
    statement = reading.source.parent(assignment)
    block = None if statement is None else reading.source.parent(statement)
    function = None if block is None else reading.source.parent(block)
    return child(assignment, "left") == first and function is not None and function.id in handlers


def _is_tested(reading: Reading, node: Node) -> bool:
    inner, outer = node, reading.source.parent(node)
    while outer is not None and outer.type not in scopes.FUNCTIONS and outer.type != "statement_block":
        if outer.type in _TESTS:
            return child(outer, "condition") == inner
        operator = child(outer, "operator")
        if operator is not None and operator.type in _OPERATORS:
            return True
        inner, outer = outer, reading.source.parent(outer)
    return False


def _globals(reading: Reading, advice: str) -> Iterator[Finding]:
    for node in reading.source.nodes:
        if node.type not in {"assignment_expression", "augmented_assignment_expression"} or not _in_a_run(
            reading, node
        ):
            continue
        left = child(node, "left")
        value = reading.values.of(left)
        if left is None or value is None or len(value) < 3:
            continue
        if value[:2] in {("global", "globalThis"), ("global", "global")}:
            yield reading.at(
                left,
                findings.DIFFERS,
                "module_state",
                f"{'.'.join(value[1:])} is kept from one execution to the next. Here no run finds it.",
                advice,
            )
