"""Refusals: the outcome's `denied` and `validation_errors`.

    "denied": {"method": "api.access.deny", "reason": "...", "code": "...", "user_message": "..."}
    "validation_errors": [{"code": "...", "message": "..."}]

The rest of the action that refuses still runs, so it may refuse again: the first refusal counts, because it was the one
that decided; validation errors are all kept, because a form shows them all. Revoking the session or the refresh token
refuses the login too. `code` and `user_message` are there only for the triggers whose method takes them.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from interlock.worker.reducers.call import Call, Concern

VALIDATION = "api.validation.error"

DENYING = frozenset(
    {"api.access.deny", "api.access.rejectInvalidSubjectToken", "api.session.revoke", "api.refreshToken.revoke"}
)

REFUSING = DENYING | {VALIDATION}
"""After an action that called one of these no later action runs (COMPATIBILITY.md, Effects)."""


def reduce_refusals(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the first refusal and all validation errors."""
    del event
    outcome: dict[str, JsonValue] = {}
    denials = [call for call in calls if call.method != VALIDATION]
    if denials:
        outcome["denied"] = _denied(denials[0])
    errors: list[JsonValue] = [
        {"code": call.text("errorCode"), "message": call.text("errorMessage")}
        for call in calls
        if call.method == VALIDATION
    ]
    if errors:
        outcome["validation_errors"] = errors
    return outcome


def _denied(call: Call) -> dict[str, JsonValue]:
    denied: dict[str, JsonValue] = {"method": call.method}
    for argument, key in (("code", "code"), ("reason", "reason"), ("userMessage", "user_message")):
        if argument in call.arguments:
            denied[key] = call.arguments[argument]
    return denied


def refuses(call: Call) -> bool:
    """Return whether a call refuses: by its name, or because its trigger's data says so."""
    return call.method in REFUSING or (call.effect is not None and call.effect.kind == "deny")


REFUSALS = Concern(REFUSING, reduce_refusals, stays_when_denied=True)
