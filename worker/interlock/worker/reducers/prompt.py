"""Showing a form: the outcome's `prompt`.

    "prompt": {"id": "ap_1", "fields": {...}, "vars": {...}}

An action renders at most one prompt, and none together with a redirect (COMPATIBILITY.md, Argument rules).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers.call import Call, Concern

RENDER: Final = "api.prompt.render"


def reduce_prompt(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `prompt`. Raises `CommandsRejected` for a second prompt."""
    del event
    if len(calls) > 1:
        raise CommandsRejected(
            "second_prompt", "An action can render one prompt; this one called api.prompt.render twice."
        )
    options = calls[0].record("promptOptions")
    prompt: dict[str, JsonValue] = {"id": calls[0].text("promptId")}
    prompt.update({key: options[key] for key in ("fields", "vars") if key in options})
    return {"prompt": prompt}


PROMPT = Concern(frozenset({RENDER}), reduce_prompt, due_when_suspended=True)
