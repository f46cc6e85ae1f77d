"""What is looked at for findings: one action's or module's code, parsed, with what the export says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from interlock.executor.auth0_files import Action, Module, Place
from interlock.executor.migration import scopes, source, values
from interlock.executor.migration.findings import Finding, Severity
from interlock.executor.migration.scopes import Names
from interlock.executor.migration.source import Source
from interlock.executor.migration.target import Target
from interlock.executor.migration.values import Values
from interlock.worker.triggers import Trigger


@dataclass(frozen=True, slots=True)
class Reading:
    """An action or a module. `secrets` are the names it has; None when nothing is said of them. `modules` are those
    there will be, with the newest version the export tells of. `trigger` is None of a module, and of an action for a
    trigger that does not exist here.
    """

    code: Action | Module
    source: Source
    names: Names
    values: Values
    trigger: Trigger | None = None
    secrets: frozenset[str] | None = None
    modules: Mapping[str, int | None] = field(default_factory=dict)
    target: Target = field(default_factory=Target)
    unclear: bool = True

    @property
    def kind(self) -> str:
        """Return `action` or `module`."""
        return "action" if isinstance(self.code, Action) else "module"

    def at(self, node: Node, severity: Severity, code: str, message: str, advice: str) -> Finding:
        """Return a finding about a place in the code."""
        line, column = source.place(node)
        place = Place(self.code.file or self.code.place.file, line)
        return Finding(severity, code, message, advice, place, column, self.kind, self.code.name)

    def of(self, severity: Severity, code: str, message: str, advice: str, place: Place | None = None) -> Finding:
        """Return a finding about what the export says of it."""
        return Finding(severity, code, message, advice, place or self.code.place, None, self.kind, self.code.name)


def read(
    code: Action | Module,
    target: Target,
    trigger: Trigger | None = None,
    secrets: frozenset[str] | None = None,
    modules: Mapping[str, int | None] | None = None,
) -> Reading:
    """Parse an action or a module, and find out what its names mean. It never fails, whatever the code is."""
    parsed = source.parse(code.code, code.language)
    names = scopes.resolve(parsed)
    wanted = trigger.handlers if trigger is not None else ()
    handlers, unclear = values.handlers(parsed, names, wanted)
    found = Values(parsed, names, handlers)
    return Reading(code, parsed, names, found, trigger, secrets, modules or {}, target, unclear)
