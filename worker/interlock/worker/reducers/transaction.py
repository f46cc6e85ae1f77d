"""The transaction: the outcome's `transaction`.

    "transaction": {
        "metadata": {"step": 2},                     post-login: last value of a key wins; dropped with the transaction
        "target_scopes": ["read:reports"],           credentials-exchange: the whole list as it is after all calls
        "result_url": "https://example.com/done?x=1" password reset: where the user goes at the end, the last wins
    }

`target_scopes` starts from `event.transaction.target_scopes`; adding a scope twice keeps it once.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import limits, urls
from interlock.worker.reducers.call import Call, Concern

SET_METADATA: Final = "api.transaction.setMetadata"
SET_RESULT_URL: Final = "api.transaction.setResultUrl"
SET_TARGET_SCOPES: Final = "api.transaction.setTargetScopes"
ADD_TARGET_SCOPE: Final = "api.transaction.addTargetScope"
REMOVE_TARGET_SCOPE: Final = "api.transaction.removeTargetScope"
CLEAR_TARGET_SCOPES: Final = "api.transaction.clearTargetScopes"


def written_metadata(calls: Sequence[Call]) -> dict[str, JsonValue]:
    """Return the entries that the calls write to the transaction's metadata; other calls are passed over."""
    return {
        call.text("key"): call.arguments["value"]
        for call in calls
        if call.method == SET_METADATA and "value" in call.arguments
    }


def reduce_metadata(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `transaction.metadata`."""
    del event
    written = written_metadata(calls)
    return {"transaction": {"metadata": written}} if written else {}


def reduce_target_scopes(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `transaction.target_scopes`. Raises `CommandsRejected` beyond 1,000."""
    scopes = _scopes(_record(event.get("transaction")).get("target_scopes"))
    for call in calls:
        scope = call.text("scope")
        if call.method == ADD_TARGET_SCOPE:
            scopes[scope] = None
        elif call.method == REMOVE_TARGET_SCOPE:
            scopes.pop(scope, None)
        elif call.method == SET_TARGET_SCOPES:
            scopes = _scopes(call.arguments.get("scopes"))
        else:
            scopes = {}
    if len(scopes) > limits.SCOPES_ADDED:
        raise CommandsRejected(
            "too_many_scopes",
            f"The transaction would have {len(scopes)} target scopes; at most {limits.SCOPES_ADDED} may be.",
        )
    return {"transaction": {"target_scopes": list(scopes)}}


def reduce_result_url(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `transaction.result_url`."""
    del event
    url = urls.with_query(calls[-1].text("url"), calls[-1].record("options").get("query"))
    return {"transaction": {"result_url": url}}


def _record(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _scopes(value: JsonValue) -> dict[str, None]:
    # A dictionary for its keys: a set that keeps the order.
    items = value if isinstance(value, list) else []
    return dict.fromkeys(item for item in items if isinstance(item, str))


METADATA = Concern(frozenset({SET_METADATA}), reduce_metadata)
TARGET_SCOPES = Concern(
    frozenset({SET_TARGET_SCOPES, ADD_TARGET_SCOPE, REMOVE_TARGET_SCOPE, CLEAR_TARGET_SCOPES}), reduce_target_scopes
)
RESULT_URL = Concern(frozenset({SET_RESULT_URL}), reduce_result_url)
