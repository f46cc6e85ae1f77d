"""What `interlock actions` and `interlock modules` have in common: files and packages, drafts, versions, deletion.

`kind` is `action` or `module`, which the API has below its plural.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from interlock.executor.commands import asking, showing

Side = Annotated[str, typer.Option(metavar="SIDE", help="A version's number, `draft` or `deployed`.")]
Without = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="NAME", help="A package that it no longer needs. May be given again."),
]


def code_of(file: Path) -> dict[str, str]:
    """Return the code of a file, and its language if its suffix says it."""
    return {"code": _text(file), **_language(file)}


def named(given: Sequence[str]) -> list[dict[str, str]]:
    """Return packages as a draft names them. Raises Invalid."""
    from interlock.executor.packages import dependencies  # noqa: PLC0415 - see `asking`

    found = [dependencies.parse(each) for each in given]
    dependencies.check(found)
    return [{"name": each.name, "version": each.version} for each in found]


def edit(
    kind: str,
    name: str,
    file: Path | None,
    *,
    dependency: Sequence[str] | None,
    without: Sequence[str] | None,
    module: Sequence[str] | None = None,
    tenant: str | None,
    json: bool,
    then: str,
) -> int:
    """Change a draft, and say `then` what puts it in force."""
    from interlock.executor.commands import editing  # noqa: PLC0415 - see `asking`

    changed: dict[str, Any] = {} if file is None else code_of(file)
    packages = editing.Packages(tuple(named(dependency or [])), tuple(without or []), tuple(module or []))
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, f"{kind}s", name, "draft")
        saved = editing.edit(asked.client, place, changed, packages)
    if saved is None:
        showing.note("Nothing was changed.")
        return 0
    if json:
        return showing.whole(saved)
    showing.say(f"Saved revision {saved.get('revision')} of the draft of {name}.")
    showing.note(f"`interlock {kind}s deploy {name}` {then}.")
    return 0


def compare(kind: str, name: str, before: str, after: str, tenant: str | None, *, json: bool) -> int:
    """Show how two of draft, deployed and versions differ."""
    from interlock.executor.commands import differences  # noqa: PLC0415 - see `asking`

    with asking.api(tenant) as asked:
        found = asked.client.get("tenants", asked.tenant, f"{kind}s", name, "diff", before=before, after=after)
    if json:
        return showing.whole(found)
    differences.show_code(found)
    return 0


def versions(kind: str, name: str, tenant: str | None, page: int, per_page: int, *, json: bool) -> int:
    """List versions, the newest first."""
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, f"{kind}s", name, "versions")
        found = asked.client.get(*place, page=page, per_page=per_page)
    columns: list[showing.Column] = [
        ("VERSION", "number"),
        ("STATUS", "status"),
        ("IN FORCE", "deployed"),
        ("MADE", showing.time("created_at")),
        ("ID", "id"),
    ]
    none = f"It has none yet. `interlock {kind}s deploy {name}` makes one."
    return showing.page(found, columns, as_json=json, none=none)


def delete(kind: str, name: str, tenant: str | None, *, force: bool, json: bool) -> int:
    """Delete it with its versions and secrets."""
    with asking.api(tenant) as asked:
        asked.client.delete("tenants", asked.tenant, f"{kind}s", name, force=force or None)
    if json:
        return showing.whole({kind: name, "deleted": True})
    showing.say(f"Deleted the {kind} {name}.")
    return 0


def _language(path: Path) -> dict[str, str]:
    """The language that a file's suffix says; nothing when it says none."""
    from interlock.executor.packages import languages  # noqa: PLC0415 - see `asking`

    found = languages.SUFFIXES.get(path.suffix.lower())
    # JavaScript is what the API takes code for anyway.
    return {} if found in {None, languages.JAVASCRIPT} else {"language": str(found)}


def _text(path: Path) -> str:
    from interlock.executor import files  # noqa: PLC0415 - see `asking`

    return files.read_text(path)
