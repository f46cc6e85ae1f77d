"""The files that a project begins with: what `interlock init` writes.

They are whole as they are made: `interlock test`, `tsc` and `interlock deploy` take them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from interlock.executor import projects
from interlock.executor.local import local_secrets
from interlock.worker import simulated_event
from interlock.worker.triggers import Catalogue, Trigger
from interlock.worker.triggers.declarations import PACKAGE, declarations

TYPES: Final = "types"
"""The folder of the declarations."""
DEV_DEPENDENCIES: Final = {"@types/node": "22.20.5", "typescript": "7.0.2"}
"""What checks actions: the compiler, and the globals of the Node version whose runtime actions see."""

_CLAIM: Final = "https://example.com/greeting"
_GREETED: Final = "post-login"
"""The trigger whose first action does something that is seen in a token."""


def files(
    name: str, triggers: Sequence[Trigger], catalogue: Catalogue, version: str, *, typescript: bool
) -> dict[PurePosixPath, str]:
    """Return the texts of a project's files by their places in its folder. `version` is that of the declarations, which
    are those of all triggers: what is added to the project has its types.
    """
    suffix = "ts" if typescript else "js"
    made = {
        projects.NAME: _release_file(triggers),
        "package.json": _json(_package(name)),
        "tsconfig.json": _json(_compiler()),
        ".gitignore": f"/{local_secrets.NAME}\n/.interlock/\nnode_modules/\n",
        local_secrets.NAME: local_secrets.EMPTY,
        "README.md": _readme(name, triggers, suffix),
    }
    for trigger in triggers:
        made[f"actions/{_action(trigger)}/action.{suffix}"] = _code(trigger, typescript=typescript)
        made[f"cases/{_action(trigger)}.json"] = _json(_cases(trigger))
        made[f"events/{trigger.id}.json"] = _json(simulated_event(trigger))
    for file, text in declarations(version, catalogue).items():
        made[f"{TYPES}/{file}"] = text
    return {PurePosixPath(place): text for place, text in made.items()}


def _action(trigger: Trigger) -> str:
    return f"on-{trigger.id}"


def _release_file(triggers: Sequence[Trigger]) -> str:
    parts = ["# What the triggers of a tenant run. `interlock deploy` puts it in force.\n"]
    for trigger in triggers:
        name = _action(trigger)
        parts += [
            f'[actions.{name}]\ntrigger = "{trigger.id}"\n# secrets = ["API_KEY"]   # the names that its code uses\n',
            f'[triggers.{trigger.id}]\nactions = ["{name}"]   # all that it runs, in order\n',
        ]
    return "\n".join(parts)


def _code(trigger: Trigger, *, typescript: bool) -> str:
    handler = trigger.handlers[0]
    type_ = handler[0].upper() + handler[1:]
    body = [f"  console.log('{trigger.id} runs');"]
    if trigger.id == _GREETED:
        body.append(f"  api.idToken.setCustomClaim('{_CLAIM}', `Hello, ${{event.user.name ?? 'you'}}`);")
    if typescript:
        head = [f"import type {{ {type_} }} from '{PACKAGE}';", "", f"export const {handler}: {type_} = "]
    else:
        head = [f"/** @type {{import('{PACKAGE}').{type_}}} */", f"exports.{handler} = "]
    return "\n".join([*head[:-1], f"{head[-1]}async (event, api) => {{", *body, "};", ""])


def _cases(trigger: Trigger) -> Mapping[str, object]:
    logged = f"{trigger.id} runs"
    case: dict[str, object] = {
        "name": "it runs",
        "expected": {"status": "completed", "logs": [logged]},
    }
    if trigger.id == _GREETED:
        case = {
            "name": "a user is greeted by name",
            "change": {"user": {"name": "Ada Lovelace"}},
            "expected": {
                "status": "completed",
                "outcome": {"id_token": {"claims": {_CLAIM: "Hello, Ada Lovelace"}}},
                "logs": [logged],
            },
        }
    return {"trigger": trigger.id, "event": f"../events/{trigger.id}.json", "cases": [case]}


def _package(name: str) -> Mapping[str, object]:
    return {
        "name": re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "actions",
        "private": True,
        "scripts": {
            "test": "interlock test",
            "types": "tsc",
            "dev": "interlock dev --watch",
            "deploy": "interlock deploy",
        },
        "devDependencies": DEV_DEPENDENCIES,
    }


def _compiler() -> Mapping[str, object]:
    return {
        "compilerOptions": {
            "allowJs": True,
            "checkJs": True,
            "noEmit": True,
            "strict": True,
            "target": "es2023",
            "lib": ["es2023"],
            "types": ["node"],
            "module": "nodenext",
            "moduleResolution": "nodenext",
            "skipLibCheck": True,
            "paths": {PACKAGE: [f"./{TYPES}/index.d.ts"]},
        },
        "include": ["actions", "modules"],
    }


def _readme(name: str, triggers: Sequence[Trigger], suffix: str) -> str:
    first = f"actions/{_action(triggers[0])}/action.{suffix}"
    return f"""\
# {name}

    interlock test             # runs cases/*.json, offline
    interlock dev --watch      # Interlock on this machine; what is saved here is in force a moment later
    interlock deploy           # shows what differs on a server, asks, puts it in force

| file | what it is |
|---|---|
| `{projects.NAME}` | which actions there are, and what the triggers run |
| `{first}` | an action; packages that it needs are `dependencies` of `package.json` |
| `cases/` | events and what shall come of them |
| `events/` | complete events, which the cases begin with |
| `{TYPES}/` | types of events and `api`; `interlock types` writes them anew |
| `{local_secrets.NAME}` | secrets for `interlock dev --watch`, a `NAME=VALUE` a line; not for git |

`npm install` brings what `npx tsc` needs to check the actions.
`INTERLOCK_URL`, `INTERLOCK_API_KEY` and `INTERLOCK_TENANT` say where `interlock deploy` goes.
"""


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
