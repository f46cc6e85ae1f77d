"""Where a tenant's management API is asked for: HOST or HOST:PORT, as clients name it in `Host`."""

import ipaddress
import re
from typing import Final

from interlock.executor.errors import Invalid

HTTPS_PORT: Final = 443
"""Nobody names it: clients leave it out."""
_LONGEST_HOST: Final = 253
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


def canonical(domain: str) -> str:
    """Return a domain as it is kept: in lower case, without https's own port. Raises Invalid (domain_invalid)."""
    found = asked(domain)
    if found is None:
        raise Invalid(
            "domain_invalid",
            "a domain is a host, or a host and a port",
            "give HOST or HOST:PORT, such as acme.example or localhost:8443; no scheme, no path",
        )
    return found


def asked(host: str) -> str | None:
    """Return the domain that a `Host` header names; None for what can be none."""
    text = host.lower()
    name, _, port = text.rpartition(":") if ":" in text.rpartition("]")[2] else (text, "", "")
    if text.endswith(":") or (port and (not _PORT.fullmatch(port) or int(port) > 65_535)) or not _is_host(name):
        return None
    return name if not port or int(port) == HTTPS_PORT else f"{name}:{port}"


def _is_host(name: str) -> bool:
    if name.startswith("[") and name.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(name[1:-1])) == name[1:-1] and "%" not in name
        except ValueError:
            return False
    return len(name) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in name.split("."))
