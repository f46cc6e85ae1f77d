"""Settings: documented, never shown, refused by name."""

from pathlib import Path

import pytest

from interlock.executor import settings
from interlock.executor.errors import SettingsRefused
from interlock.executor.settings import PREFIX, Settings

PAGE = Path(__file__).resolve().parents[3] / "docs" / "SETTINGS.md"
CANARY = "canary-4711"


@pytest.mark.parametrize("name", [*(PREFIX + name.upper() for name in Settings.model_fields), *settings.NOT_OURS])
def test_every_setting_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text()


def test_what_may_hold_a_password_is_shown_as_stars() -> None:
    secret = {"key_command": f"show {CANARY}", "api_key": CANARY, "redis_url": f"redis://:{CANARY}@host"}
    loaded = settings.load(database_url=f"postgresql://user:{CANARY}@host/database", **secret)
    assert CANARY not in repr(loaded)
    assert CANARY not in repr(settings.load(key=CANARY))


@pytest.mark.parametrize("name", ["PORT", "PROCESSES", "KEEP_DAYS", "LOG_LEVEL", "LOG_FORMAT", "KEY_COMMAND"])
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(PREFIX + name, f"'{CANARY}")
    with pytest.raises(SettingsRefused) as refused:
        settings.load()
    assert PREFIX + name in refused.value.message
    assert CANARY not in refused.value.message


def test_a_setting_may_come_from_a_file_but_not_from_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from the file\n")
    monkeypatch.setenv("INTERLOCK_API_KEY_FILE", str(file))
    key = settings.load().api_key
    assert key is not None
    assert key.get_secret_value() == "from the file"
    monkeypatch.setenv("INTERLOCK_API_KEY", CANARY)
    with pytest.raises(SettingsRefused, match="INTERLOCK_API_KEY_FILE"):
        settings.load()


def test_a_misspelt_setting_is_found() -> None:
    known = dict.fromkeys(["INTERLOCK_PORT", "INTERLOCK_REDIS_URL_FILE", "INTERLOCK_CACHE_DIR", "PATH"], "")
    assert settings.unknown({**known, "INTERLOCK_REDIS_ULR": ""}) == ("INTERLOCK_REDIS_ULR",)
