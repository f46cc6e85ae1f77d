"""The user's metadata: the outcome's `user`, one merged write.

    "user": {"user_metadata": {"theme": "dark", "old": null}, "app_metadata": {"tier": "gold"}}

The last value of a key wins. Values replace the stored ones whole, key by key; `null` means: delete the key. A value
that was `undefined` leaves the key as it was. The write stays when the login is denied, and is due before the user is
sent away.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.reducers.call import Call, Concern

FIELD_OF_METHOD: Final[Mapping[str, str]] = {
    "api.user.setUserMetadata": "user_metadata",
    "api.user.setAppMetadata": "app_metadata",
}


def patches(calls: Sequence[Call]) -> dict[str, dict[str, JsonValue]]:
    """Return what is written to `user_metadata` and `app_metadata`; a field nobody wrote to is missing."""
    written: dict[str, dict[str, JsonValue]] = {}
    for call in calls:
        field = FIELD_OF_METHOD.get(call.method)
        if field is not None and "value" in call.arguments:
            written.setdefault(field, {})[call.text("key")] = call.arguments["value"]
    return written


def reduce_user(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the merged write."""
    del event
    user: dict[str, JsonValue] = {**patches(calls)}
    return {"user": user} if user else {}


USER = Concern(frozenset(FIELD_OF_METHOD), reduce_user, stays_when_denied=True, due_when_suspended=True)
