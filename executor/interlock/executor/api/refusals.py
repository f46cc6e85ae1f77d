"""What a route may refuse, for people who read OpenAPI: every code, its status, and what it means.

A test holds this table to what routes really answer.
"""

from collections import defaultdict
from typing import Any, Final

from interlock.executor.api.problems import MEDIA_TYPE, Problem

CODES: Final[dict[str, tuple[int, str]]] = {
    "body_not_json": (400, "the body is no JSON"),
    "body_timeout": (408, "the body did not come in time"),
    "body_too_large": (413, "the body is longer than any may be"),
    "event_not_json": (400, "the body is no JSON"),
    "key_missing": (401, "there is no API key in the request"),
    "key_unknown": (401, "no such API key"),
    "key_revoked": (401, "the API key was revoked"),
    "other_tenant": (403, "the API key belongs to another tenant, whether or not this one exists"),
    "operator_only": (403, "only an operator key may do this"),
    "scope_missing": (403, "the API key lacks the scope for this"),
    "scope_exceeded": (403, "a key cannot make one that may do more than itself"),
    "limit_not_granted": (403, "the operator did not grant the tenant that much"),
    "egress_not_granted": (403, "the operator did not grant the tenant that reach"),
    "not_found": (404, "there is no such thing, or it belongs to another tenant"),
    "unknown_trigger": (404, "there is no trigger of this id"),
    "state_unknown": (404, "no suspended flow waits for this state"),
    "secret_not_found": (404, "there is no secret of this name"),
    "trigger_removed": (409, "the trigger is not in the operator's triggers file any more: nothing of it runs"),
    "trigger_changed": (409, "the suspended flow used a method that its trigger does not have any more"),
    "already_exists": (409, "the name or id is taken"),
    "tenant_changed": (409, "the tenant is at another revision than expected"),
    "draft_changed": (409, "another revision is there than expected"),
    "release_changed": (409, "another release is in force than expected"),
    "canary_on": (409, "a canary is on: promote or drop it first"),
    "canary_changed": (409, "another canary is on than expected, or none"),
    "module_used": (409, "deployed actions have the module in them"),
    "not_deployed": (409, "an action was never deployed"),
    "not_built": (409, "the version is not built"),
    "deploy_in_progress": (409, "a version of the action waits for its build, or is being built"),
    "action_bound": (409, "the action is bound to a trigger"),
    "version_removed": (409, "a version of that release is not kept any more"),
    "action_deleted": (409, "an action of that release was deleted"),
    "last_operator_key": (409, "it is the last operator key without scopes: nobody could make another"),
    "conflict": (409, "somebody else changed the same at the same moment"),
    "execution_awaited": (409, "a caller waits for the execution: it cannot be canceled"),
    "not_recorded": (409, "what the execution was given from outside is not kept, so it cannot be run again"),
    "replay_failed": (409, "the execution could not be run again"),
    "execution_not_dead": (409, "the execution is no dead letter, or was sent again already"),
    "too_many_tails": (409, "as many listen as one process serves"),
    "execution_ended": (409, "the execution has ended already"),
    "already_resumed": (409, "the suspended flow was resumed already; `execution` went on with it"),
    "not_suspended": (409, "the execution is not suspended"),
    "other_trigger": (409, "the suspended flow is one of another trigger"),
    "not_resumable": (409, "another execution goes on with the suspended flow: nothing was run"),
    "suspension_expired": (410, "the suspended flow waited as long as it could"),
    "event_too_large": (413, "the event has more than 1 MiB"),
    "content_type": (415, "the body is not said to be JSON"),
    "code_too_large": (413, "the code has more bytes than the tenant may have, by default 100,000"),
    "request_invalid": (422, "a field or a parameter is missing, unknown or wrong"),
    "invalid_value": (422, "a value cannot be stored"),
    "name_invalid": (422, "the name cannot be used"),
    "domain_invalid": (422, "the domain is no HOST or HOST:PORT"),
    "signing_keys_limit": (422, "the tenant's key set has as many keys as it may"),
    "public_key_invalid": (422, "the public key is none of RSA, as PEM or JWK, or is a private one"),
    "dependency_invalid": (422, "a dependency is no package and version of the npm registry"),
    "lock_invalid": (422, "the lock is no package-lock of npm for the draft's dependencies"),
    "dependency_refused": (422, "the lock has a package that is not of the registry"),
    "lookup_url_invalid": (422, "a lookup cannot be posted to that URL"),
    "host_invalid": (422, "the host is no name and no address, or not in a spelling that is taken"),
    "egress_invalid": (422, "the egress policy cannot be kept as it is written"),
    "limit_unknown": (422, "there is no such limit"),
    "limit_out_of_range": (422, "a limit goes further than any may"),
    "named_twice": (422, "an action, a module or a trigger is there twice"),
    "trigger_missing": (422, "a new action has no trigger"),
    "actions_limit": (422, "the tenant has as many actions as it may"),
    "modules_limit": (422, "the tenant has as many modules as it may"),
    "bound_limit": (422, "a trigger runs fewer actions, by the tenant's limits"),
    "dependencies_limit": (422, "an action names fewer packages, by the tenant's limits"),
    "modules_per_action_limit": (422, "an action has fewer modules in it, by the tenant's limits"),
    "module_version_unusable": (422, "the version of a module that an action chose is not there, or not built"),
    "bound_twice": (422, "an action is in the list twice"),
    "wrong_trigger": (422, "an action is for another trigger"),
    "too_many_actions": (422, "the trigger takes fewer actions"),
    "secret_name_invalid": (422, "the secret's name is no identifier, or too long"),
    "secret_value_invalid": (422, "the secret's value is no Unicode text, or too long"),
    "too_many_secrets": (422, "the tenant or the action has as many secrets as it may"),
    "sink_invalid": (422, "a member of the log stream's sink is missing, unknown or not in its form"),
    "log_streams_limit": (422, "the tenant has as many log streams as it may"),
    "event_too_deep": (422, "the event is nested beyond reason"),
    "event_invalid": (422, "the event is not one of this trigger"),
    "event_has_secrets": (422, "the event holds secrets: set them for the tenant or the action"),
    "idempotency_mismatch": (422, "the idempotency key came with another body"),
    "in_flight_limit": (429, "the tenant has as many executions at the same time as it may"),
    "worker_lost": (502, "the worker was lost while the actions ran"),
    "deadline_passed": (504, "no worker was free in time: nothing was run"),
    "outcome_timeout": (504, "no outcome came in time: the execution goes on"),
    "suspension_not_kept": (503, "the actions ran, but what the suspended flow goes on with could not be kept"),
    "trigger_not_here": (503, "the worker that took the event has other triggers than the API: nothing was run"),
    "unavailable": (503, "Redis is away; what was accepted is kept"),
    "kek_unusable": (503, "the key-encryption keys cannot be used; the operator's log says why"),
    "seal_broken": (503, "what is stored does not open"),
    "secrets_busy": (503, "others changed the same all the time; try again"),
    "store_unavailable": (503, "the database is away; try again"),
    "keys_unavailable": (503, "the event cannot be sealed now; nothing was accepted"),
    "store_busy": (503, "the database is too busy; try again"),
}
SEALING: Final = ("kek_unusable", "seal_broken", "secrets_busy")
"""Codes of routes that seal."""

_ALWAYS: Final = ("key_missing", "key_unknown", "key_revoked", "store_unavailable", "store_busy")


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return what a route's `responses` say: these codes by status, and those that every route has."""
    by_status = defaultdict(list)
    for code in dict.fromkeys([*codes, "request_invalid", *_ALWAYS]):
        status, meaning = CODES[code]
        by_status[status].append(f"`{code}`: {meaning}")
    schema = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
    return {
        status: {"description": "; ".join(lines), "content": {MEDIA_TYPE: schema}}
        for status, lines in sorted(by_status.items())
    }


def of_tenant(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the same for a route below a tenant."""
    return refusals("other_tenant", "scope_missing", "not_found", *codes)


def of_operator(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the same for a route of the operator."""
    return refusals("operator_only", "scope_missing", *codes)


def with_body(*codes: str) -> tuple[str, ...]:
    """Return the codes of a route that reads a body."""
    return ("body_not_json", "body_timeout", "body_too_large", *codes)
