"""Where the API is, and the key to present there.

Rule of this file: the key that a data folder holds goes to the address in the same folder and to no other. Whoever sets
another address also says which key it may have.
"""

import string
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from pydantic import SecretStr

from interlock.executor.errors import ApiFailed, ExecutorError, NotAllowed
from interlock.executor.settings import Settings

_START: Final = "Start `interlock dev` in this folder, or set INTERLOCK_URL to the address of the API."
_GIVE_A_KEY: Final = (
    "Set INTERLOCK_API_KEY, or INTERLOCK_API_KEY_FILE to a file that holds it. "
    "`interlock keys create --operator --local` makes a first key where the database is."
)
_VISIBLE: Final = frozenset(string.ascii_letters + string.digits + string.punctuation)
_LONGEST: Final = 4_096


@dataclass(frozen=True, slots=True)
class Access:
    """An address and what is presented there. Shows no key."""

    url: httpx.URL
    key: SecretStr


def find(settings: Settings) -> Access:
    """Return where the API is and with which key. Raises ApiFailed (api_unavailable) and NotAllowed (key_missing)."""
    local = _read(settings.folder.address)
    url = _url(settings.url or local, settings)
    if settings.api_key is not None:
        return Access(url, _checked(settings.api_key, "INTERLOCK_API_KEY"))
    key = _read(settings.folder.operator_key) if local and _same(url, local) else ""
    if not key:
        raise NotAllowed("key_missing", f"There is no API key for {url}.", _GIVE_A_KEY)
    return Access(url, _checked(SecretStr(key), f"The file {settings.folder.operator_key}"))


def _url(text: str, settings: Settings) -> httpx.URL:
    if not text:
        message = f"INTERLOCK_URL is not set, and there is no address of an API in the folder {settings.data}."
        raise ApiFailed("api_unavailable", message, _START)
    try:
        url = httpx.URL(text.rstrip("/"))
    except httpx.InvalidURL:
        url = httpx.URL()
    # A password in the address would stand in every message that names it.
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise ExecutorError(
            "settings_invalid",
            "What INTERLOCK_URL holds is not the address of an API.",
            "Write it as http://host:port or https://host, without a user and without /v1.",
        )
    return url


def _same(url: httpx.URL, local: str) -> bool:
    try:
        return url == httpx.URL(local.rstrip("/"))
    except httpx.InvalidURL:
        return False


def _checked(key: SecretStr, place: str) -> SecretStr:
    # What has a line end or a letter beyond ASCII would fail in a header, in an exception that repeats it.
    text = key.get_secret_value()
    if not text or len(text) > _LONGEST or not _VISIBLE.issuperset(text):
        raise NotAllowed("key_missing", f"{place} holds no API key: a key is visible ASCII, on one line.", _GIVE_A_KEY)
    return key


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ExecutorError(
            "file_unreadable", f"{path} cannot be read: {reason}.", "Run the command as the user who started it."
        ) from None
