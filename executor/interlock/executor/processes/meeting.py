"""Where API and workers meet: the address of Redis, as settings name it."""

from typing import Final

from interlock.executor.errors import SettingsRefused
from interlock.executor.settings import PREFIX, Settings

SCHEMES: Final = ("redis://", "rediss://", "unix://")


def require_redis(settings: Settings) -> str:
    """Return the URL of Redis. Raises SettingsRefused when none is set."""
    if settings.redis_url is None:
        raise SettingsRefused(
            "No Redis is named, and API and workers meet there.",
            f"Set {PREFIX}REDIS_URL=redis://host:6379/0, or run `interlock dev`, which brings its own.",
        )
    url = settings.redis_url.get_secret_value()
    if not url.startswith(SCHEMES):
        raise SettingsRefused(
            f"{PREFIX}REDIS_URL is no address of Redis.", "It begins with redis://, rediss:// (TLS) or unix://."
        )
    return url
