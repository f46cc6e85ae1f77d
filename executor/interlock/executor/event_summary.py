"""An event in a few lines: who, with what, from where. The parts that are there are shown, whatever the trigger."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

_PLACES: Final = (
    # Of each pair, every path that is there is shown; of the paths in one tuple, the first that is there.
    ("user", (("user.email", "user.phone_number", "user.username", "user.name"), ("user.user_id",))),
    ("client", (("client.name",), ("transaction.protocol",))),
    ("connection", (("connection.name",), ("organization.name",))),
    ("from", (("request.ip",), ("request.geoip.cityName",), ("request.geoip.countryCode",))),
    ("message", (("message.type", "message_options.action", "notification.message_type"), ("message.id",))),
    ("to", (("message_options.recipient", "notification.to", "notification.recipient"),)),
)


def summary(event: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    """Yield labels and texts, such as ("from", "203.0.113.24, London, GB")."""
    for label, alternatives in _PLACES:
        found = [value for paths in alternatives if (value := _first(event, paths))]
        if found:
            yield label, ", ".join(found)


def _first(event: Mapping[str, JsonValue], paths: tuple[str, ...]) -> str:
    for path in paths:
        value: JsonValue = dict(event)
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return ""
