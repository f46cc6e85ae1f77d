"""The SAML response: the outcome's `saml_response`.

    "saml_response": {"attributes": {"role": ["admin"]}, "audience": "urn:app", "sign_response": true, ...}

Each setter's key is its name in snake case (`setAuthnContextClassRef` is `authn_context_class_ref`); the last value
wins, for attributes name by name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import limits
from interlock.worker.reducers.call import Call, Concern
from interlock.worker.triggers import BUILT_IN

SET_ATTRIBUTE: Final = "api.samlResponse.setAttribute"

SETTERS: Final = frozenset(
    method for trigger in BUILT_IN for method in trigger.methods if method.startswith("api.samlResponse.")
)
"""All there are: what a setter is called says which key it sets, so none needs to be known by name but one."""


def reduce_saml(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `saml_response`. Raises `CommandsRejected` beyond 100 changes of attributes."""
    del event
    attributes: dict[str, JsonValue] = {}
    settings: dict[str, JsonValue] = {}
    changes = 0
    for call in calls:
        if call.method == SET_ATTRIBUTE:
            changes += 1
            attributes[call.text("attribute")] = call.arguments.get("value")
        else:
            settings[_key(call.method)] = next(iter(call.arguments.values()), None)
    if changes > limits.SAML_ATTRIBUTE_CHANGES:
        raise CommandsRejected(
            "too_many_saml_attributes",
            f"{changes} calls set SAML attributes; at most {limits.SAML_ATTRIBUTE_CHANGES} may, over all actions.",
        )
    response: dict[str, JsonValue] = {"attributes": attributes} if attributes else {}
    return {"saml_response": {**response, **settings}}


def _key(method: str) -> str:
    name = method.removeprefix("api.samlResponse.set")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


SAML = Concern(SETTERS, reduce_saml)
