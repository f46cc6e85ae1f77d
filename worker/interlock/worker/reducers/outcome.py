"""From the commands of a whole flow to its outcome."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import (
    access,
    authentication,
    claims,
    custom,
    endings,
    factors,
    multifactor,
    notification,
    prompt,
    redirect,
    saml,
    scopes,
    sessions,
    token_exchange,
    transaction,
    user,
)
from interlock.worker.reducers.call import Call, Concern

CONCERNS: Final[tuple[Concern, ...]] = (
    access.REFUSALS,
    redirect.REDIRECT,
    prompt.PROMPT,
    factors.FACTORS,
    user.USER,
    authentication.PRIMARY_USER,
    authentication.RECORDED_METHODS,
    token_exchange.TOKEN_EXCHANGE,
    claims.CLAIMS,
    scopes.SCOPES,
    saml.SAML,
    multifactor.MULTIFACTOR,
    sessions.SESSION_CONCERN,
    sessions.REFRESH_TOKEN_CONCERN,
    transaction.METADATA,
    transaction.TARGET_SCOPES,
    transaction.RESULT_URL,
    notification.NOTIFICATION,
)
"""In the order in which the outcome's keys stand."""

WITHOUT_EFFECT: Final = frozenset(
    {
        # Answered inside the run; the caller has nothing to do.
        "api.cache.delete",
        "api.cache.get",
        "api.cache.set",
        "api.groups.getUserGroups",
        "api.groups.hasGroupMembership",
        "api.redirect.canRedirect",
        "api.redirect.encodeToken",
        "api.redirect.validateToken",
        "api.roles.getUserEffectiveRoles",
        "api.roles.getUserEffectiveRolesByIds",
        "api.roles.getUserEffectiveRolesByNames",
        "api.rules.wasExecuted",
    }
)
"""Methods that are recorded and leave no trace in an outcome."""


def reduce(
    calls: Sequence[Call],
    event: Mapping[str, JsonValue],
    ending: endings.Ending | None = None,
    *,
    settled: int = 0,
) -> dict[str, JsonValue]:
    """Return the outcome of all calls of a flow, in order, that began with this event and ended this way.

    The first `settled` calls are of legs before the flow was last suspended: what was due then is not due again.

    Raises `CommandsRejected` when the calls go beyond a rule together, whether or not the ending shows their effect.
    """
    own = calls[settled:] if settled else calls
    _refuse_prompt_with_redirect(own)
    outcome: dict[str, JsonValue] = {}
    if ending == "suspended":
        outcome["waits_for"] = [*endings.waits_for(own)]
    methods = {call.method for call in calls}
    made_up = any(call.effect is not None for call in calls)
    for concern in CONCERNS:
        may_be_made_up = made_up and concern is access.REFUSALS
        if concern.methods.isdisjoint(methods) and not may_be_made_up:
            continue
        counted = [
            call
            for call in (own if concern.due_when_suspended else calls)
            if call.method in concern.methods or (may_be_made_up and access.refuses(call))
        ]
        if not counted:
            continue
        effect = concern.reduce(counted, event)
        if _is_shown(concern, ending):
            _merge(outcome, effect)
    if made_up:
        outcome |= _custom(calls, ending, settled)
    return outcome


def _custom(calls: Sequence[Call], ending: endings.Ending | None, settled: int) -> dict[str, JsonValue]:
    counted = [
        (call, call.effect)
        for number, call in enumerate(calls)
        if call.effect is not None
        and call.effect.kind != "deny"
        and (number >= settled or not call.effect.due_when_suspended)
    ]
    whole = custom.reduce_custom(counted)
    if ending is None:
        return whole
    return custom.reduce_custom(
        (call, effect)
        for call, effect in counted
        if (effect.stays_when_denied if ending == "denied" else effect.due_when_suspended)
    )


def _is_shown(concern: Concern, ending: endings.Ending | None) -> bool:
    if ending == "denied":
        return concern.stays_when_denied
    if ending == "suspended":
        return concern.due_when_suspended
    return True


def _merge(outcome: dict[str, JsonValue], effect: Mapping[str, JsonValue]) -> None:
    # Concerns share a top-level key (claims and scopes of one token) and never a key below it.
    for key, value in effect.items():
        there = outcome.get(key)
        outcome[key] = {**there, **value} if isinstance(there, dict) and isinstance(value, dict) else value


def _refuse_prompt_with_redirect(calls: Sequence[Call]) -> None:
    methods = {call.method for call in calls}
    if prompt.RENDER in methods and redirect.SEND_USER_TO in methods:
        raise CommandsRejected(
            "prompt_with_redirect",
            "An action can call api.prompt.render or api.redirect.sendUserTo, not both: a user is in one place.",
        )
