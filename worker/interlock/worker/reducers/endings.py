"""How an action's commands end the flow.

    the action's commands contain                    the flow is
    a refusal (access.REFUSING)                      denied; no later action runs
    sendUserTo, prompt.render, challenge, enroll     suspended until the user comes back
    neither                                          going on with the next action
A refusal wins over a suspension: who is refused is not asked anything any more.
"""

from collections.abc import Iterable
from typing import Final, Literal

from interlock.worker.reducers import access, factors, prompt, redirect
from interlock.worker.reducers.call import Call

Ending = Literal["denied", "suspended"]

WAITS_FOR: Final[dict[str, str]] = {
    redirect.SEND_USER_TO: "redirect",
    prompt.RENDER: "prompt",
    **dict.fromkeys(factors.STEP_OF_METHOD, "challenge"),
}
"""What a suspending method waits for, in the words of the trigger's data (`suspends`)."""


def ending(calls: Iterable[Call]) -> Ending | None:
    """Return how the calls of one action end the flow, or None when they do not."""
    calls = tuple(calls)
    if any(map(access.refuses, calls)):
        return "denied"
    if any(call.method in WAITS_FOR for call in calls):
        return "suspended"
    return None


def continues(calls: Iterable[Call]) -> bool:
    """Return whether a flow that these calls suspended goes on in the same action, and not with the next one."""
    return not {"redirect", "prompt"}.isdisjoint(waits_for(calls))


def waits_for(calls: Iterable[Call]) -> list[str]:
    """Return what the calls wait for, each once, in the order in which it was asked."""
    return list(dict.fromkeys(WAITS_FOR[call.method] for call in calls if call.method in WAITS_FOR))
