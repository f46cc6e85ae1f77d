"""docs/EGRESS.md says what the code does: its tables are the code's, its policy and its rules can be kept."""

import json
import re
from pathlib import Path

import pytest

from interlock.worker.egress import Policy, rules
from interlock.worker.egress.addresses import IPV4, IPV6, METADATA, Kind

PAGE = (Path(__file__).parents[3] / "docs" / "EGRESS.md").read_text()


@pytest.mark.parametrize("block", [*IPV4, *IPV6], ids=lambda block: str(block.network))
def test_the_page_has_every_special_block(block: object) -> None:
    network, kind, name, source = (getattr(block, field) for field in ("network", "kind", "name", "source"))
    opened = "nothing" if kind is Kind.NEVER else "a `private` rule"
    assert f"| `{network}` | {name} | {source} | {opened} |\n" in PAGE


def test_the_page_has_every_block_once_and_no_other() -> None:
    listed = re.findall(r"^\| `(\S+/\d+)` \|.*\|.*\| (?:nothing|a `private` rule) \|$", PAGE, re.MULTILINE)
    assert listed == [str(block.network) for block in (*IPV4, *IPV6)]


def test_the_page_has_every_metadata_service() -> None:
    for address, cloud in METADATA:
        assert f"| `{address}` | {cloud} |\n" in PAGE


def test_the_policy_of_the_page_can_be_kept() -> None:
    [policy] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert Policy.parse(json.loads(policy)).document() == json.loads(policy)


def test_the_rules_of_the_page_are_rules() -> None:
    table = PAGE.partition("## Rules")[2].partition("\n## ")[0]
    written = [
        rule for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for rule in re.findall(r"`(.*?)`", row)
    ]
    assert len(written) >= 8
    for rule in written:
        assert str(rules.parse(rule))
