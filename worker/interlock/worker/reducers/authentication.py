"""Who the login is for and how it was proved: the outcome's `primary_user_id` and `recorded_methods`.

    "primary_user_id": "auth0|507f1f77bcf86cd799439020"
    "recorded_methods": ["https://provider.example/mfa"]

The primary user is set once in a transaction (COMPATIBILITY.md, Argument rules). Recorded methods keep
their order, each once.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers.call import Call, Concern

SET_PRIMARY_USER: Final = "api.authentication.setPrimaryUser"
RECORD_METHOD: Final = "api.authentication.recordMethod"


def reduce_primary_user(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `primary_user_id`. Raises `CommandsRejected` when it was set more than once."""
    del event
    if len(calls) > 1:
        raise CommandsRejected(
            "second_primary_user",
            "api.authentication.setPrimaryUser can be called once in a transaction, over all actions.",
        )
    return {"primary_user_id": calls[0].text("primary_user_id")}


def reduce_recorded_methods(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `recorded_methods`."""
    del event
    return {"recorded_methods": list(dict.fromkeys(call.text("provider_url") for call in calls))}


PRIMARY_USER = Concern(frozenset({SET_PRIMARY_USER}), reduce_primary_user)
RECORDED_METHODS = Concern(frozenset({RECORD_METHOD}), reduce_recorded_methods)
