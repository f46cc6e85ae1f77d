"""What a tenant has of actions and modules, as `/v1` tells it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from interlock.executor.client import Client
from interlock.executor.errors import ApiFailed
from interlock.executor.migration.planning import MODULES, Present

_PER_PAGE: Final = 100
_MOST_PAGES: Final = 1_000


def pages(client: Client, *path: str, **query: str | None) -> Iterator[Mapping[str, Any]]:
    """Give everything of a list."""
    for page in range(_MOST_PAGES):
        answer = client.get(*path, page=page, per_page=_PER_PAGE, **query)
        yield from answer.get("items") or ()
        if (page + 1) * _PER_PAGE >= int(answer.get("total") or 0):
            return


def deployed(client: Client, *path: str) -> Mapping[str, Any] | None:
    """Return the version of an action or a module that was last put in force; None when none was."""
    for version in pages(client, *path, "versions"):
        if version["deployed"]:
            return client.get(*path, "versions", str(version["number"]))
    return None


def secret_names(client: Client, *path: str) -> list[str]:
    """Return the names of secrets that are set for a tenant, an action or a module."""
    return [str(each["name"]) for each in client.get(*path, "secrets").get("items") or ()]


def present(client: Client, tenant: str, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Present]:
    """Return what there is of these, by kind and name; what there is nothing of is left out."""
    shared: list[str] | None = None
    found: dict[tuple[str, str], Present] = {}
    for kind, name in names:
        here = ("tenants", tenant, kind, name)
        try:
            draft = client.get(*here, "draft")
        except ApiFailed as failed:
            if failed.code != "not_found":
                raise
            continue
        if shared is None:
            shared = secret_names(client, "tenants", tenant)
        secrets = frozenset([*secret_names(client, *here), *shared])
        numbers = _built(client, *here) if kind == MODULES else frozenset[int]()
        found[kind, name] = Present(deployed(client, *here), draft, secrets, numbers)
    return found


def _built(client: Client, *path: str) -> frozenset[int]:
    return frozenset(int(each["number"]) for each in pages(client, *path, "versions") if each["status"] == "built")
