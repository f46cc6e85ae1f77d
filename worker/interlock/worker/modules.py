"""Modules: code of a tenant's that its actions require as `actions:NAME`. They are made one script with the action.

    globalThis.$interlockModules(module, require, { "crm": function (module, exports, require, actions) {
    ...the module's bundle...
    } }, function (module, exports, require) {
    ...the action's bundle...
    })

The guest's library module `modules` gives the function that is called here, once, and takes it away: what runs later
cannot ask it for the secrets of a module. Each part is a function of its own, so that a module's `actions` is a name in
that module alone.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from interlock.worker import source_maps
from interlock.worker.source_maps import Part

PREFIX: Final = "actions:"
HEAD: Final = "globalThis.$interlockModules("
"""What a script with modules begins with."""

NO_PLACES: Final = '{"version":1,"sources":[],"blocks":[]}'
"""The table of a script none of whose places are an author's."""

_REQUIRED: Final = re.compile(r"""\b(?:require\s*\(\s*|from\s*|import\s*\(?\s*)(['"`])actions:([^'"`\n]{1,255})\1""")
_SUFFIXES: Final = {"javascript": ".js", "typescript": ".ts"}


@dataclass(frozen=True, slots=True)
class Script:
    """A bundle, and the table of its places."""

    code: str = field(repr=False)
    table: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Module:
    """A module as it is bundled."""

    name: str
    script: Script = field(repr=False)
    language: str = "javascript"


@dataclass(frozen=True, slots=True)
class Used:
    """A module that is in an action's bundle. `id` is where its own secrets stand, `secret_names` those that it uses;
    none
    named: all that it may see.
    """

    name: str
    id: str
    secret_names: tuple[str, ...] = ()


def required(code: str) -> list[str]:
    """Return the names of the modules that code requires or imports, each once, as far as its text shows."""
    if PREFIX not in code:
        return []
    return list(dict.fromkeys(found[2] for found in _REQUIRED.finditer(code)))


def is_joined(source: str) -> bool:
    """Whether a script has modules in it."""
    return source.startswith(HEAD)


def joined(action: Script, modules: Sequence[Module], *, alone: bool = False) -> Script:
    """Return one script of an action's bundle and those of its modules. `alone`: the places are those of a module's
    author,
    who has no action.
    """
    text, line, parts = f"{HEAD}module,require,{{", 0, []
    for module in modules:
        text += f"{json.dumps(module.name)}:function(module,exports,require,actions){{"
        line = text.count("\n")
        name = "" if alone else f"{PREFIX}{module.name}{_SUFFIXES[module.language]}"
        parts.append(Part(line, module.script.table, name))
        text += f"{module.script.code}\n}},"
    text += "},function(module,exports,require){"
    parts.append(Part(text.count("\n"), action.table))
    return Script(f"{text}{action.code}\n}})", source_maps.joined(parts))
