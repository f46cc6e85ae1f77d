"""Challenging the user with a factor, or enrolling one: the outcome's `authentication_steps`.

    "authentication_steps": [
        {"step": "challenge", "factors": [{"type": "otp"}], "additional_factors": [{"type": "email"}]},
        {"step": "enroll", "factors": [{"type": "push", "options": {...}}]}
    ]

Steps are taken in the order in which they were asked. More than one factor in `factors` is the user's choice
(`...WithAny`); `additional_factors` are the other ways offered beside the one that is shown first.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.reducers.call import Call, Concern

STEP_OF_METHOD: Final[Mapping[str, str]] = {
    "api.authentication.challengeWith": "challenge",
    "api.authentication.challengeWithAny": "challenge",
    "api.authentication.enrollWith": "enroll",
    "api.authentication.enrollWithAny": "enroll",
}


def reduce_factors(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `authentication_steps`."""
    del event
    return {"authentication_steps": [_step(call) for call in calls]}


def _step(call: Call) -> JsonValue:
    several = call.arguments.get("factors")
    step: dict[str, JsonValue] = {
        "step": STEP_OF_METHOD[call.method],
        "factors": several if isinstance(several, list) else [call.arguments.get("factor")],
    }
    additional = call.record("options").get("additionalFactors")
    if additional is not None:
        step["additional_factors"] = additional
    return step


FACTORS = Concern(frozenset(STEP_OF_METHOD), reduce_factors, due_when_suspended=True)
