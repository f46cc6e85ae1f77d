"""Where a tenant's groups and roles may be asked for. The operator says it, so it may be next door."""

from urllib.parse import urlsplit

from interlock.executor.errors import Invalid

_MOST_CHARACTERS = 2_048


def check(url: str) -> None:
    """Raise Invalid unless this is empty or an address that can be posted to. Its text is not repeated: a mistaken one
    may hold a password.
    """
    if url and not _usable(url):
        raise Invalid(
            "lookup_url_invalid",
            "lookup_url is not a URL that a lookup can be posted to",
            "give https://host/path, or http:// for a host next door; no user name, password or fragment",
        )


def _usable(url: str) -> bool:
    if len(url) > _MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port != 0
        and parts.username is None
        and parts.password is None
        and not parts.fragment
    )
