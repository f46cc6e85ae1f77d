"""What becomes of a message that an action was asked to deliver: the outcome's `notification`.

    "notification": {"result": "retry", "reason": "provider answered 503"}     or "drop"

Without it the message counts as delivered. As with refusals the first call decides; what runs after it cannot take it
back.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.reducers.call import Call, Concern

RESULT_OF_METHOD: Final[Mapping[str, str]] = {"api.notification.retry": "retry", "api.notification.drop": "drop"}


def reduce_notification(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `notification`."""
    del event
    return {"notification": {"result": RESULT_OF_METHOD[calls[0].method], "reason": calls[0].text("reason")}}


NOTIFICATION = Concern(frozenset(RESULT_OF_METHOD), reduce_notification)
