"""Showing a form: the outcome's `prompt`.

    "prompt": {"id": "ap_1", "fields": {...}, "vars": {...}}

An action renders at most one prompt, and none together with a redirect (COMPATIBILITY.md, Argument rules).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import limits
from interlock.worker.reducers.call import Call, Concern

RENDER: Final = "api.prompt.render"


def reduce_prompt(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `prompt`. Raises `CommandsRejected` for a second prompt and for options beyond 24 KiB of JSON."""
    del event
    if len(calls) > 1:
        raise CommandsRejected(
            "second_prompt", "An action can render one prompt; this one called api.prompt.render twice."
        )
    options = calls[0].record("promptOptions")
    size = limits.json_bytes(dict(options))
    if size > limits.PROMPT_BYTES:
        raise CommandsRejected(
            "prompt_too_large",
            f"The options of api.prompt.render are {size} bytes of JSON, more than {limits.PROMPT_BYTES}.",
        )
    prompt: dict[str, JsonValue] = {"id": calls[0].text("promptId")}
    prompt.update({key: options[key] for key in ("fields", "vars") if key in options})
    return {"prompt": prompt}


PROMPT = Concern(frozenset({RENDER}), reduce_prompt, due_when_suspended=True)
