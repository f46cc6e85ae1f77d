"""From commands to the outcome: what the identity provider must do after a flow.

An outcome is a JSON object. A key is there when an action asked for it and missing otherwise, so `{}` means: go on as
you would have without any action. Each key is described in the module that makes it:

    key                      made by           asked for by
    denied                   access            access.deny, access.rejectInvalidSubjectToken, session.revoke,
                                               refreshToken.revoke
    validation_errors        access            validation.error
    waits_for                endings           (suspended flows) "redirect", "prompt", "challenge"
    redirect                 redirect          redirect.sendUserTo
    prompt                   prompt            prompt.render
    authentication_steps     factors           authentication.challengeWith..., enrollWith...
    user                     user              user.setUserMetadata, user.setAppMetadata
    primary_user_id          authentication    authentication.setPrimaryUser
    recorded_methods         authentication    authentication.recordMethod
    token_exchange           token_exchange    authentication.setUserById, setUserByConnection,
                                               setOrganization, setActor
    access_token             claims, scopes    accessToken.setCustomClaim, addScope, removeScope
    id_token                 claims            idToken.setCustomClaim
    left_out                 claims            claims asked for that may not stand in a token, with the reason
    saml_response            saml              samlResponse.set...
    multifactor              multifactor       multifactor.enable
    session, refresh_token   sessions          session..., refreshToken...
    transaction              transaction       transaction...
    notification             notification      notification.retry, notification.drop
    custom                   custom            methods of an operator's own triggers, as their file says
    error                    (flow)            failed flows: the `action` and its `code`, `name`, `message`, `stack`

What an outcome holds depends on how the flow ended (COMPATIBILITY.md, Effects):
- completed: everything.
- denied: why, and what is the user's rather than the login's: `user`, `session`, `refresh_token`.
- suspended: what is due before the user is sent away: `waits_for`, where to, and `user`. The rest waits for the end of
  the flow, which may come several legs later; `user` has then what was written since.
- failed: `error` alone. No command of any action has an effect.
"""

from interlock.worker.reducers.call import Call, named
from interlock.worker.reducers.endings import Ending, continues, ending
from interlock.worker.reducers.outcome import reduce

__all__ = ["Call", "Ending", "continues", "ending", "named", "reduce"]
