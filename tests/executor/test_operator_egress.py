"""What an operator says of egress for all tenants: read once, refused when it is wrong, and above every policy."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor import operator_egress, settings
from interlock.executor.errors import SettingsRefused
from interlock.executor.service.actors import Actor
from interlock.executor.service.tenants import Tenants
from interlock.executor.store import Database, migrate, opened


def read(**given: str) -> operator_egress.OperatorEgress:
    return operator_egress.of(settings.load(**given))


def test_rules_stand_apart_by_blanks_commas_or_lines_with_comments(tmp_path: Path, monkeypatch: Any) -> None:
    file = tmp_path / "deny"
    file.write_text(
        "10.99.0.0/16, *:25  # mail goes another way\n\n# metadata, whatever anybody grants\n169.254.169.254\n"
    )
    monkeypatch.setenv("INTERLOCK_EGRESS_DENY_FILE", str(file))
    assert [str(rule) for rule in read().deny] == ["10.99.0.0/16", "*:25", "169.254.169.254"]


def test_without_settings_nothing_is_denied_and_a_new_tenant_has_the_ordinary_policy() -> None:
    assert read() == operator_egress.OperatorEgress()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"egress_deny": "http://a.example"}, "INTERLOCK_EGRESS_DENY"),
        ({"egress_deny": "127.1"}, "INTERLOCK_EGRESS_DENY"),
        ({"egress_deny": " ".join(f"a{number}.example" for number in range(1_001))}, "1,000"),
        ({"egress_default": "{"}, "no JSON"),
        ({"egress_default": "[]"}, "INTERLOCK_EGRESS_DEFAULT"),
        ({"egress_default": '{"alow": []}'}, "INTERLOCK_EGRESS_DEFAULT"),
        ({"egress_default": '{"actions": {"a": {}}}'}, "no actions"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(wrong: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsRefused, match=says) as refused:
        read(**wrong)
    assert "a.example" not in refused.value.message


@given(st.text(max_size=60))
def test_any_text_is_rules_or_refused(text: str) -> None:
    try:
        found = read(egress_deny=text).deny
    except SettingsRefused:
        return
    assert read(egress_deny=" ".join(map(str, found))).deny == found


async def test_a_tenant_that_is_made_without_a_policy_begins_with_the_default(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store'}"
    await migrate(url)
    async with opened(url) as database:
        await begun(database)


async def begun(database: Database) -> None:
    operator = Actor("key_test", None, frozenset())
    made = Tenants(database, read(egress_default='{"allow": ["*.example:443"]}').default)
    assert (await made.create(operator, "acme")).egress == {"allow": ["*.example:443"]}
    assert (await made.create(operator, "open", egress={})).egress == {}
    assert (await made.create(operator, "own", egress={"deny": ["*:25"]})).egress == {"deny": ["*:25"]}
