"""The SSRF suite as data: `tests/worker/egress/ssrf.json`, read and checked, for every test that drives it.

A test has a function that says what comes of a case, of its decision alone or of the real thing: `ask(case) -> Answer`.
`compare` holds the answer to what the file expects.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent.parent / "egress" / "ssrf.json"

_KEYS: Final = {
    "id": str,
    "why": str,
    "expect": dict,
    "url": str,
    "connect": list,
    "lookup": str,
    "method": str,
    "headers": list,
    "body_bytes": int,
    "policy": dict,
    "dns": dict,
    "redirects": list,
    "redirect": str,
    "server": dict,
    "reads": str,
    "times": int,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a case. `because` may be left out by who cannot know it."""

    decision: str
    reason: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is asked for, and what has to come of it. ssrf.json says what the fields mean."""

    id: str
    family: str
    why: str
    expect: Answer
    url: str | None = None
    connect: tuple[str, int] | None = None
    lookup: str | None = None
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body_bytes: int = 0
    policy: Mapping[str, Any] = field(default_factory=dict)
    dns: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    redirects: tuple[str, ...] = ()
    redirect: str = "follow"
    server: Mapping[str, Any] = field(default_factory=dict)
    reads: str = ""
    times: int = 1


class Names:
    """The name servers of a case: what they say now, and what the next time."""

    def __init__(self, case: Case) -> None:
        self._answers = {name: list(lookups) for name, lookups in case.dns.items()}
        self.asked: list[str] = []

    def lookup(self, name: str) -> list[IPv4Address | IPv6Address]:
        """Return a name's addresses; none when there is no such name."""
        self.asked.append(name)
        public = name == "public.example" or name.endswith(".public.example")
        answers = self._answers.get(name, [["93.184.216.34"]] if public else [[]])
        return [ip_address(text) for text in (answers.pop(0) if len(answers) > 1 else answers[0])]


def cases(*, needs: str | None = None) -> list[Case]:
    """Return all cases, or those of the families that need the decision alone ("decision"), or more ("performer")."""
    document = json.loads(FILE.read_text(encoding="ascii"))
    assert set(document) == {"about", "families", "cases"}
    families = {name: about["needs"] for name, about in document["families"].items()}
    assert set(families.values()) == {"decision", "performer"}
    read = [_read(raw, families) for raw in document["cases"]]
    assert len({case.id for case in read}) == len(read), "every case has an id of its own"
    return [case for case in read if needs in {None, families[case.family]}]


def compare(case: Case, answer: Answer) -> None:
    """Compare what came of a case with what is expected. `because` is compared where both know it."""
    assert (answer.decision, answer.reason) == (case.expect.decision, case.expect.reason), case.why
    if answer.because and case.expect.because:
        assert answer.because == case.expect.because, case.why


def _read(raw: Any, families: Mapping[str, str]) -> Case:
    given = {key: _expanded(value) for key, value in raw.items()}
    assert {key: type(value) for key, value in given.items()} == {key: _KEYS[key] for key in given}, raw
    family = given["id"].partition("/")[0]
    assert family in families, raw
    assert len(given.keys() & {"url", "connect", "lookup"}) == 1, raw
    assert given["why"], raw
    expect = given["expect"]
    assert set(expect) <= {"decision", "reason", "because"}, raw
    assert expect["decision"] in {"deny", "allow", "drop"}, raw
    assert ("reason" in expect) == (expect["decision"] == "deny"), raw
    return Case(
        **{
            **given,
            "family": family,
            "expect": Answer(expect["decision"], expect.get("reason", ""), expect.get("because", "")),
            "connect": tuple(given["connect"]) if "connect" in given else None,
            "headers": tuple((name, value) for name, value in given.get("headers", [])),
            "redirects": tuple(given.get("redirects", [])),
        }
    )


def _expanded(value: Any) -> Any:
    """Write out what is repeated."""
    if isinstance(value, list):
        return [_expanded(item) for item in value]
    if isinstance(value, dict) and "text" in value and "times" in value:
        assert set(value) <= {"before", "text", "times", "after"}, value
        return value.get("before", "") + value["text"] * value["times"] + value.get("after", "")
    if isinstance(value, dict) and "item" in value:
        assert set(value) == {"item", "times"}, value
        return [value["item"]] * value["times"]
    return value
