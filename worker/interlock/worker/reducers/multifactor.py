"""Asking for a second factor at the end of the login: the outcome's `multifactor`.

    "multifactor": {"provider": "any", "allow_remember_browser": false, "provider_options": {...}}

The last `enable` wins, with its own options only: `enable("none")` after another one takes it back.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.reducers.call import Call, Concern

ENABLE: Final = "api.multifactor.enable"


def reduce_multifactor(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `multifactor`."""
    del event
    options = calls[-1].record("options")
    multifactor: dict[str, JsonValue] = {"provider": calls[-1].text("provider")}
    for option, key in (("allowRememberBrowser", "allow_remember_browser"), ("providerOptions", "provider_options")):
        if option in options:
            multifactor[key] = options[option]
    return {"multifactor": multifactor}


MULTIFACTOR = Concern(frozenset({ENABLE}), reduce_multifactor)
