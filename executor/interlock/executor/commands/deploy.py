"""`interlock deploy`: a project put in force on a server, as somebody watches: what differs, yes or no, each step.

`release apply` is the same request for scripts, with canaries and their rules.
"""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import typer
from rich.text import Text

from interlock.executor import output, release_files
from interlock.executor.client import Client
from interlock.executor.commands import asking, changing, differences, showing
from interlock.executor.commands.asking import Asked
from interlock.executor.errors import ApiFailed, Misused
from interlock.executor.release_files import ReleaseFile

_STYLES: Final = {"pending": "dim", "building": "cyan", "built": "green", "failed": "bold red", "live": "bold green"}
_COLUMNS: Final = 9


def deploy(folder: Path, tenant: str | None, wait_s: int, *, yes: bool, as_json: bool) -> int:
    """Show what differs, ask, and put it in force. Return the exit status: 1 when it failed.

    Raises Misused (not_confirmed, release_file_invalid, release_file_missing), ApiFailed, NotAllowed.
    """
    read = release_files.read(folder)
    with asking.api(tenant) as asked:
        read.check_triggers([each["id"] for each in asked.triggers()])
        place = ("tenants", asked.tenant, "releases")
        found = asked.client.post(*place, "diff", body=dict(read.body))
        if not as_json:
            differences.show_all(found)
            _note_secrets(asked, read)
        if found.get("same"):
            return showing.whole({"same": True}) if as_json else 0
        if not yes and not _confirmed(asked.tenant):
            raise Misused("not_confirmed", "Nothing was deployed.", "Answer y, or give --yes where nobody is asked.")
        began = time.monotonic()
        told = None if as_json else _telling()
        change = changing.watched(asked.client, place, dict(read.body), wait_s, told)
        if as_json:
            showing.whole(change)
        else:
            _show(asked.client, asked.tenant, change, read, time.monotonic() - began)
    return 1 if change.get("status") == "failed" else 0


def _confirmed(tenant: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    return typer.confirm(f"Deploy this to the tenant {output.visible_line(tenant)}?", err=True)


def _telling() -> Callable[[Mapping[str, Any]], None]:
    """Tell each step of each part once, as it comes."""
    known: dict[tuple[str, str], str] = {}

    def tell(change: Mapping[str, Any]) -> None:
        for part in change.get("versions") or []:
            key, status = (part["kind"], part["name"]), str(part["status"])
            if known.get(key) != status:
                known[key] = status
                _step(status, f"{part['kind']} {part['name']} {part['number']}")

    return tell


def _step(status: str, what: str) -> None:
    text = Text.assemble((status.ljust(_COLUMNS), _STYLES.get(status, "")), f" {output.visible_line(what)}")
    output.write(output.console(), text)


def _show(client: Client, tenant: str, change: Mapping[str, Any], read: ReleaseFile, seconds: float) -> None:
    if change.get("status") == "applied":
        releases = change.get("releases") or []
        for each in releases:
            _step("live", f"{changing.place_of(each)} release {each['number']}")
        if not releases:
            showing.note("No trigger runs what was built.")
        showing.say(f"Change {change.get('change')} is live, after {seconds:.1f} s.")
        return
    changing.show(change, read.code)
    for part in change.get("versions") or []:
        if change.get("status") == "failed" and part["status"] == "failed":
            log = _log(client, tenant, part)
            if log:
                showing.note(f"log of {part['kind']} {part['name']} {part['number']}:")
                showing.note("\n".join(f"  {line}" for line in log.splitlines()))


def _log(client: Client, tenant: str, part: Mapping[str, Any]) -> str:
    found = client.get("tenants", tenant, f"{part['kind']}s", str(part["name"]), "versions", str(part["number"]))
    return str(found.get("log") or "")


def _note_secrets(asked: Asked, read: ReleaseFile) -> None:
    """Name the secrets that code says it uses and that it would not see: the first event would find it.

    A key that may not look at secrets can deploy all the same.
    """
    parts = [(kind, each) for kind in ("action", "module") for each in read.body[f"{kind}s"] if each["secret_names"]]
    if not parts:
        return
    try:
        of_tenant = _names(asked, "secrets")
        for kind, each in parts:
            missing = {*each["secret_names"]} - of_tenant
            if missing:
                missing -= _names(asked, f"{kind}s", str(each["name"]), "secrets")
            for name in sorted(missing):
                who = output.visible_line(f"{kind} {each['name']}")
                showing.note(
                    f"The {who} uses {name}, which neither it nor the tenant has: `interlock secrets set {name}`,"
                )
                showing.note(
                    f"or with --{kind} {output.visible_line(str(each['name']))} for it alone, once it is deployed."
                )
    except ApiFailed as failed:
        if failed.code != "scope_missing":
            raise


def _names(asked: Asked, *place: str) -> set[str]:
    try:
        found = asked.client.get("tenants", asked.tenant, *place)
    except ApiFailed as failed:
        # An action that is yet to be made has none of its own.
        if failed.code != "not_found":
            raise
        return set()
    return {str(each["name"]) for each in found.get("items") or []}
