"""Custom token exchange: for whom the token is issued, in the outcome's `token_exchange`.

    "token_exchange": {
        "user": {"user_id": "auth0|..."}
             or {"connection": "legacy", "attributes": {"user_id": "...", ...},
                 "creation_behavior": "create_if_not_exists", "update_behavior": "none"},
        "organization": "org_123",
        "actor": {"sub": "...", "act": {...}}
    }

The last call wins, for the user whichever way it was set. A completed exchange without `user` issues no token: the
caller refuses it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.reducers.call import Call, Concern

SET_USER_BY_ID: Final = "api.authentication.setUserById"
SET_USER_BY_CONNECTION: Final = "api.authentication.setUserByConnection"
SET_ORGANIZATION: Final = "api.authentication.setOrganization"
SET_ACTOR: Final = "api.authentication.setActor"


def reduce_token_exchange(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `token_exchange`."""
    del event
    exchange: dict[str, JsonValue] = {}
    for call in calls:
        if call.method == SET_USER_BY_ID:
            exchange["user"] = {"user_id": call.text("user_id")}
        elif call.method == SET_USER_BY_CONNECTION:
            exchange["user"] = _by_connection(call)
        elif call.method == SET_ORGANIZATION:
            exchange["organization"] = call.text("organization_id_or_name")
        else:
            exchange["actor"] = dict(call.record("actor"))
    return {"token_exchange": exchange}


def _by_connection(call: Call) -> JsonValue:
    options = call.record("options")
    user: dict[str, JsonValue] = {
        "connection": call.text("connection_name"),
        "attributes": dict(call.record("user_attributes")),
    }
    for option, key in (("creationBehavior", "creation_behavior"), ("updateBehavior", "update_behavior")):
        if option in options:
            user[key] = options[option]
    return user


TOKEN_EXCHANGE = Concern(
    frozenset({SET_USER_BY_ID, SET_USER_BY_CONNECTION, SET_ORGANIZATION, SET_ACTOR}), reduce_token_exchange
)
