"""Scopes of the access token: the outcome's `access_token.add_scopes` and `.remove_scopes`.

    "access_token": {"add_scopes": ["read:reports"], "remove_scopes": ["offline_access"]}

A scope that is added and removed ends where its last call put it; no scope stands in both lists. Lists keep the order
in which the scopes were first named.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import limits
from interlock.worker.reducers.call import Call, Concern

ADD: Final = "api.accessToken.addScope"
REMOVE: Final = "api.accessToken.removeScope"


def reduce_scopes(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the two lists. Raises `CommandsRejected` beyond 1,000 added scopes or 2,000 changes."""
    del event
    if len(calls) > limits.SCOPE_CHANGES:
        raise CommandsRejected(
            "too_many_scope_changes",
            f"{len(calls)} calls change scopes; at most {limits.SCOPE_CHANGES} may, over all actions.",
        )
    added: dict[str, bool] = {}
    for call in calls:
        added[call.text("scope")] = call.method == ADD
    add: list[JsonValue] = [scope for scope, wanted in added.items() if wanted]
    remove: list[JsonValue] = [scope for scope, wanted in added.items() if not wanted]
    if len(add) > limits.SCOPES_ADDED:
        raise CommandsRejected(
            "too_many_scopes",
            f"{len(add)} scopes are added to the access token; at most {limits.SCOPES_ADDED} may, over all actions.",
        )
    token: dict[str, JsonValue] = {}
    if add:
        token["add_scopes"] = add
    if remove:
        token["remove_scopes"] = remove
    return {"access_token": token}


SCOPES = Concern(frozenset({ADD, REMOVE}), reduce_scopes)
