"""The session and the refresh token: the outcome's `session` and `refresh_token`.

    "session": {
        "evict_metadata": true,                     forget all stored entries first
        "metadata": {"device": "new", "old": null}, then set these; null deletes
        "expires_at_ms": 1700000000000,             milliseconds since 1970; the earliest of several wins
        "idle_expires_at_ms": 1700000000000,
        "cookie_mode": "persistent",                the last wins (session only)
        "revoke": {"reason": "...", "preserve_refresh_tokens": true}
    }

All of it stays when the login is denied: a revoked session has to be revoked then above all.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import limits, stored_metadata
from interlock.worker.reducers.call import Call, Concern

SESSION = "api.session"
REFRESH_TOKEN = "api.refreshToken"


def reduce_session(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `session`. Raises `CommandsRejected` when its metadata would have more than 25 entries."""
    session = _kept(calls, SESSION, event.get("session"))
    for call in calls:
        if call.method == f"{SESSION}.setCookieMode":
            session["cookie_mode"] = call.text("mode")
    return {"session": session} if session else {}


def reduce_refresh_token(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `refresh_token`. Raises `CommandsRejected` when its metadata would have more than 25 entries."""
    token = _kept(calls, REFRESH_TOKEN, event.get("refresh_token"))
    return {"refresh_token": token} if token else {}


def _kept(calls: Sequence[Call], place: str, stored: JsonValue) -> dict[str, JsonValue]:
    kept: dict[str, JsonValue] = {}
    change = stored_metadata.change(calls, place)
    _check_entries(place, change, stored)
    if change.evict:
        kept["evict_metadata"] = True
    if change.entries:
        kept["metadata"] = dict(change.entries)
    for method, argument, key in (
        ("setExpiresAt", "absolute", "expires_at_ms"),
        ("setIdleExpiresAt", "inactivity", "idle_expires_at_ms"),
    ):
        times = [call.arguments[argument] for call in calls if call.method == f"{place}.{method}"]
        if times:
            kept[key] = min(time for time in times if isinstance(time, int | float))
    revoked = [call for call in calls if call.method == f"{place}.revoke"]
    if revoked:
        kept["revoke"] = _revoke(revoked[0])
    return kept


def _revoke(call: Call) -> dict[str, JsonValue]:
    revoke: dict[str, JsonValue] = {"reason": call.text("reason")}
    preserve = call.record("options").get("preserveRefreshTokens")
    if preserve is not None:
        revoke["preserve_refresh_tokens"] = preserve
    return revoke


def _check_entries(place: str, change: stored_metadata.Change, stored: JsonValue) -> None:
    metadata = stored.get("metadata") if isinstance(stored, dict) else None
    before = metadata if isinstance(metadata, dict) else {}
    after = change.apply(before)
    # Only growth is refused: an operator whose store holds more must still be able to change and delete entries.
    if len(after) > limits.METADATA_ENTRIES and len(after) > len(before):
        raise CommandsRejected(
            "too_many_metadata_entries",
            f"The metadata of {place} would have {len(after)} entries; at most {limits.METADATA_ENTRIES} are kept. "
            f"Delete some with {place}.deleteMetadata(key) or {place}.evictMetadata().",
        )


_SHARED = ("setMetadata", "deleteMetadata", "evictMetadata", "setExpiresAt", "setIdleExpiresAt", "revoke")

SESSION_CONCERN = Concern(
    frozenset(f"{SESSION}.{name}" for name in (*_SHARED, "setCookieMode")), reduce_session, stays_when_denied=True
)
REFRESH_TOKEN_CONCERN = Concern(
    frozenset(f"{REFRESH_TOKEN}.{name}" for name in _SHARED), reduce_refresh_token, stays_when_denied=True
)
