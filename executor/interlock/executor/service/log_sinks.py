"""Where a log stream may deliver to: each kind of sink with its members, as Auth0's Management API names them.

Members marked secret open somebody's account. What is not given of them in a change stays as it is, because tools send
a sink back without them. No error repeats a value.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from interlock.executor.errors import Invalid

NOT_SHOWN: Final = "_VALUE_NOT_SHOWN_"
"""What tools put in the place of a secret that they do not have."""

LONGEST: Final = 4_096
MOST_HEADERS: Final = 20


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a sink. `shown` False: no answer has it."""

    required: bool = True
    kind: type = str
    secret: bool = False
    shown: bool = True
    choices: Sequence[str] = ()
    pattern: str = ""
    url: bool = False


@dataclass(frozen=True, slots=True)
class Sink:
    """A kind of sink. `fixed`: it is set up together with its peer, and never changed afterwards."""

    members: Mapping[str, Member]
    fixed: bool = False
    secrets: frozenset[str] = field(default=frozenset())


_REGION: Final = r"[a-z0-9-]{2,40}"
_HEADERS: Final = "httpCustomHeaders"


def _sink(*, fixed: bool = False, **members: Member) -> Sink:
    return Sink(members, fixed, frozenset(name for name, member in members.items() if member.secret))


SINKS: Final[Mapping[str, Sink]] = {
    "http": _sink(
        httpEndpoint=Member(url=True),
        httpContentType=Member(required=False, pattern=r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;[ -~]*)?"),
        httpContentFormat=Member(required=False, choices=("JSONLINES", "JSONARRAY", "JSONOBJECT")),
        httpAuthorization=Member(required=False, secret=True),
        httpCustomHeaders=Member(required=False, kind=list),
    ),
    "datadog": _sink(
        datadogApiKey=Member(secret=True),
        datadogRegion=Member(choices=("us", "eu", "us3", "us5")),
    ),
    "splunk": _sink(
        splunkDomain=Member(pattern=r"[A-Za-z0-9.:\[\]-]{1,255}"),
        splunkPort=Member(pattern=r"[0-9]{1,5}"),
        splunkToken=Member(secret=True),
        splunkSecure=Member(kind=bool),
    ),
    "sumo": _sink(sumoSourceAddress=Member(url=True)),
    "eventbridge": _sink(fixed=True, awsAccountId=Member(pattern=r"[0-9]{12}"), awsRegion=Member(pattern=_REGION)),
    "eventgrid": _sink(
        fixed=True,
        azureSubscriptionId=Member(pattern=r"[0-9A-Fa-f-]{36}"),
        azureRegion=Member(pattern=_REGION),
        azureResourceGroup=Member(),
    ),
    "mixpanel": _sink(
        mixpanelRegion=Member(choices=("us", "eu")),
        mixpanelProjectId=Member(),
        mixpanelServiceAccountUsername=Member(),
        # The one secret that Auth0 does not give out either.
        mixpanelServiceAccountPassword=Member(secret=True, shown=False),
    ),
    "segment": _sink(segmentWriteKey=Member(required=False, secret=True)),
}


def check(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a new sink of this kind is. Raises Invalid (sink_invalid) naming a member, never its value."""
    members = SINKS[kind].members
    # A marker in a secret's place is no value.
    sink = {name: value for name, value in given.items() if not _unset(members.get(name), value)}
    for name in sink:
        if name not in members:
            raise _invalid(name, f"is no member of a sink of the type {kind}")
    for name, member in members.items():
        if name in sink:
            _check_member(name, member, sink[name])
        elif member.required:
            raise _invalid(name, "is missing")
    return sink


def changed(kind: str, present: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a sink becomes: what is given, with the secrets that are not given as they were. Raises Invalid."""
    sink = SINKS[kind]
    members = sink.members
    kept = {name: present[name] for name in sink.secrets & present.keys()}
    new = {name: value for name, value in given.items() if not _unset(members.get(name), value)}
    whole = check(kind, {**kept, **new})
    if sink.fixed and whole != present:
        raise Invalid(
            "sink_invalid", f"the sink of a log stream of the type {kind} cannot be changed", "make a new log stream"
        )
    return whole


def shown(kind: str, sink: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a sink is answered: as much as Auth0 answers to who may read log streams."""
    members = SINKS[kind].members
    return {name: value for name, value in sink.items() if members[name].shown}


def outline(kind: str, sink: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a sink shows nothing of anybody's account: no secret, no header, and of an address where it is."""
    members = SINKS[kind].members
    return {
        name: _origin(value) if members[name].url else value
        for name, value in sink.items()
        if not members[name].secret and members[name].kind is not list
    }


def sealed(kind: str, sink: Mapping[str, Any]) -> list[str]:
    """Return the members that are set and that the outline lacks."""
    return sorted(sink.keys() - outline(kind, sink).keys())


def _origin(url: str) -> str:
    # User and password may stand before the host, and tokens behind it.
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _unset(member: Member | None, value: object) -> bool:
    return (
        member is not None and member.secret and value in {NOT_SHOWN, None} if isinstance(value, str | None) else False
    )


def _check_member(name: str, member: Member, value: object) -> None:
    if type(value) is not member.kind:
        raise _invalid(name, {str: "is no text", bool: "is neither true nor false", list: "is no list"}[member.kind])
    if isinstance(value, list):
        _check_headers(name, value)
    if not isinstance(value, str):
        return
    if not value or len(value) > LONGEST or not _writable(value):
        raise _invalid(name, f"is empty, longer than {LONGEST:,} characters, or has control characters")
    if member.choices and value not in member.choices:
        raise _invalid(name, f"is none of {', '.join(member.choices)}")
    if member.pattern and re.fullmatch(member.pattern, value, re.ASCII) is None:
        raise _invalid(name, "is not in its form")
    if member.url and not _is_url(value):
        raise _invalid(name, "is no http or https address")


def _check_headers(name: str, headers: Sequence[object]) -> None:
    if len(headers) > MOST_HEADERS:
        raise _invalid(name, f"has more than {MOST_HEADERS} headers")
    for header in headers:
        if not isinstance(header, dict) or header.keys() != {"header", "value"}:
            raise _invalid(name, "has something else than {header, value}")
        field_name, value = header["header"], header["value"]
        if not isinstance(field_name, str) or re.fullmatch(r"[\w!#$%&'*+.^`|~-]{1,256}", field_name, re.ASCII) is None:
            raise _invalid(name, "has a header whose name is none of HTTP")
        if not isinstance(value, str) or len(value) > LONGEST or not _writable(value):
            raise _invalid(name, "has a header whose value cannot be sent")


def _writable(text: str) -> bool:
    # What goes into a header or an address: nothing that ends a line, no half of a surrogate pair.
    return text.isprintable()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text


def _invalid(name: str, why: str) -> Invalid:
    return Invalid("sink_invalid", f"sink.{name} {why}")
