"""Sending the user elsewhere: the outcome's `redirect`.

    "redirect": {"url": "https://example.com/consent?session_token=..."}

`query` is merged into the URL, its keys overwriting the URL's own; the last `sendUserTo` of an action wins. The caller
appends `state` before it sends the user.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.reducers import urls
from interlock.worker.reducers.call import Call, Concern

SEND_USER_TO: Final = "api.redirect.sendUserTo"


def reduce_redirect(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `redirect`."""
    del event
    return {"redirect": {"url": urls.with_query(calls[-1].text("url"), calls[-1].record("options").get("query"))}}


REDIRECT = Concern(frozenset({SEND_USER_TO}), reduce_redirect, due_when_suspended=True)
