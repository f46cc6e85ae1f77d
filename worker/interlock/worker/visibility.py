"""What an action sees of what the actions before it asked for (COMPATIBILITY.md, Effects).

    command                                     where the next action sees it
    user.setUserMetadata, setAppMetadata        event.user.user_metadata, .app_metadata; null takes the key away
    transaction.setMetadata                     event.transaction.metadata
    session.*Metadata, refreshToken.*Metadata   event.session.metadata, event.refresh_token.metadata
    accessToken.setCustomClaim                  event.accessToken.customClaims, where the trigger's event has it
Everything else is seen by nobody. What an action wrote into its own event is gone: each event is made anew from the
flow's.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from interlock.worker.reducers import claims, stored_metadata, transaction, user
from interlock.worker.reducers.call import Call
from interlock.worker.triggers import Trigger


def event_after(
    trigger: Trigger, event: Mapping[str, JsonValue], calls: Sequence[Call], *, settled: int = 0
) -> dict[str, JsonValue]:
    """Return the flow's event as the action after these calls sees it. The given event is not changed.

    The first `settled` calls are of legs before this one. What they wrote to the user was applied before it was sent
    away: it is in the event already, perhaps changed since by somebody else, who was later.
    """
    seen = user_after(event, calls[settled:])
    _show_transaction(seen, calls)
    _show_stored(seen, "session", "api.session", calls)
    _show_stored(seen, "refresh_token", "api.refreshToken", calls)
    if any(field.name == "accessToken" for field in trigger.event):
        _show_claims(seen, calls)
    return seen


def user_after(event: Mapping[str, JsonValue], calls: Sequence[Call]) -> dict[str, JsonValue]:
    """Return the event with what the calls wrote to the user. The given event is not changed."""
    seen = dict(event)
    # A trigger without a user in its event (custom-token-exchange) has nowhere to show what was written.
    if not isinstance(seen.get("user"), dict):
        return seen
    for field, patch in user.patches(calls).items():
        profile = _record(seen["user"])
        merged = {**_record(profile.get(field)), **patch}
        seen["user"] = {**profile, field: {key: value for key, value in merged.items() if value is not None}}
    return seen


def _show_transaction(seen: dict[str, JsonValue], calls: Sequence[Call]) -> None:
    written = transaction.written_metadata(calls)
    if written:
        current = _record(seen.get("transaction"))
        seen["transaction"] = {**current, "metadata": {**_record(current.get("metadata")), **written}}


def _show_stored(seen: dict[str, JsonValue], field: str, place: str, calls: Sequence[Call]) -> None:
    change = stored_metadata.change(calls, place)
    holder = seen.get(field)
    if isinstance(holder, dict) and (change.evict or change.entries):
        seen[field] = {**holder, "metadata": change.apply(_record(holder.get("metadata")))}


def _show_claims(seen: dict[str, JsonValue], calls: Sequence[Call]) -> None:
    kept = claims.kept([call for call in calls if call.method == claims.ACCESS_TOKEN])
    if kept:
        token = _record(seen.get("accessToken"))
        seen["accessToken"] = {**token, "customClaims": {**_record(token.get("customClaims")), **kept}}


def _record(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}
