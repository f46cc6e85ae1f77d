"""How large what a flow asks for may be together, where a release may say so. What a single call may pass is validated
with the call.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from interlock.worker.data_limits import DataLimits
from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers.limits import json_bytes

_TOKENS: Final = ("access_token", "id_token")
_FIELDS: Final = ("user_metadata", "app_metadata")


def check(effect: Mapping[str, JsonValue], event: Mapping[str, JsonValue], limits: DataLimits) -> None:
    """Raise `CommandsRejected` when one concern's part of an outcome is larger than the limits allow."""
    for token in _TOKENS:
        if claims := _record(_record(effect.get(token)).get("claims")):
            size = json_bytes({**claims})
            what = f"The custom claims of the {token} are {size} bytes of JSON"
            _refuse("claims_too_large", what, size, limits.claims_bytes)
    for field in _FIELDS:
        size = json_bytes(_record(effect.get("user")).get(field))
        what = f"This flow writes {size} bytes of JSON to {field}"
        _refuse("user_metadata_too_large", what, size, limits.user_metadata_bytes)
    if prompt := _record(effect.get("prompt")):
        size = json_bytes({name: value for name, value in prompt.items() if name != "id"})
        what = f"The options of api.prompt.render are {size} bytes of JSON"
        _refuse("prompt_too_large", what, size, limits.prompt_bytes)
    written_metadata = _record(_record(effect.get("transaction")).get("metadata"))
    if written_metadata:
        after = {**_record(_record(event.get("transaction")).get("metadata")), **written_metadata}
        size = sum(_bytes(key) + _bytes(value) for key, value in after.items())
        what = f"The transaction's metadata would be {size} bytes"
        _refuse("transaction_metadata_too_large", what, size, limits.transaction_metadata_bytes)


def _refuse(code: str, what: str, size: int, most: int) -> None:
    if size > most:
        raise CommandsRejected(code, f"{what}, more than {most}.")


def _record(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _bytes(value: JsonValue) -> int:
    return len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else json_bytes(value)
