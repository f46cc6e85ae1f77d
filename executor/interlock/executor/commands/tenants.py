"""`interlock tenants`: the customers whose actions are run."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from interlock.executor.commands import asking, policies, policy_options, showing
from interlock.executor.commands.options import AsJson, Page, PerPage
from interlock.executor.commands.policy_options import (
    Allow,
    Clear,
    Deny,
    EgressFile,
    InsecureTls,
    Limit,
    Mode,
    Private,
    Public,
    Wanted,
)
from interlock.executor.errors import Misused

if TYPE_CHECKING:  # the help of all commands is quick without it
    from collections.abc import Mapping

    from pydantic import JsonValue

app: Final = typer.Typer(help="Tenants: customers, each isolated from all others.")

_Id = Annotated[str, typer.Argument(metavar="TENANT", help="Its id, such as acme.", show_default=False)]

_Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="As people call it.")]
_LookupUrl = Annotated[
    str | None,
    typer.Option(
        "--lookup-url",
        metavar="URL",
        help="Where users' groups and roles are asked for when an event comes without them; empty for nowhere.",
    ),
]
_KeepDays = Annotated[
    int | None,
    typer.Option(
        "--keep-days",
        metavar="N",
        min=0,
        max=3_650,
        help="How many days executions and events are kept; 0: as the operator's.",
    ),
]
_Attempts = Annotated[
    int | None,
    typer.Option(
        "--attempts", metavar="N", min=0, max=20, help="How often a background event is tried; 0: as usual, 5 times."
    ),
]
_Domain = Annotated[
    str | None,
    typer.Option(
        "--domain",
        metavar="HOST[:PORT]",
        help="Where Auth0's own clients ask for its actions (docs/MANAGEMENT.md); empty for nowhere.",
    ),
]


@app.command("create")
def create(
    tenant: _Id,
    *,
    name: _Name = None,
    lookup_url: _LookupUrl = None,
    allow: Allow = None,
    deny: Deny = None,
    private: Private = None,
    public: Public = None,
    insecure_tls: InsecureTls = None,
    limit: Limit = None,
    egress: EgressFile = None,
    keep_days: _KeepDays = None,
    attempts: _Attempts = None,
    json: AsJson = False,
) -> int:
    """Make a tenant. What is said of egress and limits is what its first releases begin with, and how far it may go."""
    lists, flags = {"allow": allow, "deny": deny, "private": private}, {"public": public, "insecure_tls": insecure_tls}
    wanted = policy_options.read(lists, flags, limit, None, egress, granting=True)
    given = _given(name=name, lookup_url=lookup_url, keep_days=keep_days or None, attempts=attempts or None)
    body = {"id": tenant, **given, **_policy(wanted, {}, "set")}
    with asking.api() as asked:
        made = asked.client.post("tenants", body=body)
    if json:
        return showing.whole(made)
    showing.say(f"Made the tenant {made.get('id', tenant)}.")
    showing.note(
        f"`export INTERLOCK_TENANT={tenant}` lets commands mean it; `interlock keys create --tenant {tenant}` makes a "
        "key for its identity provider."
    )
    return 0


@app.command("change")
def change(
    tenant: _Id,
    *,
    name: _Name = None,
    lookup_url: _LookupUrl = None,
    allow: Allow = None,
    deny: Deny = None,
    private: Private = None,
    public: Public = None,
    insecure_tls: InsecureTls = None,
    limit: Limit = None,
    clear: Clear = None,
    egress: EgressFile = None,
    keep_days: _KeepDays = None,
    attempts: _Attempts = None,
    domain: _Domain = None,
    json: AsJson = False,
) -> int:
    """Set what is given of a tenant anew: its name, what it keeps, what it is granted. What is not given stays."""
    lists, flags = {"allow": allow, "deny": deny, "private": private}, {"public": public, "insecure_tls": insecure_tls}
    wanted = policy_options.read(lists, flags, limit, clear, egress, granting=True)
    given = _given(name=name, lookup_url=lookup_url, keep_days=keep_days, attempts=attempts, domain=domain)
    if not given:
        policy_options.require(wanted)
    return _change(tenant, given, wanted, "set", as_json=json)


@app.command("grant")
def grant(tenant: _Id, *, allow: Allow = None, deny: Deny = None, private: Private = None, json: AsJson = False) -> int:
    """Add rules to what a tenant is granted. Releases that exist keep theirs."""
    wanted = policy_options.require(policy_options.read({"allow": allow, "deny": deny, "private": private}))
    return _change(tenant, {}, wanted, "add", as_json=json)


@app.command("withdraw")
def withdraw(
    tenant: _Id, *, allow: Allow = None, deny: Deny = None, private: Private = None, json: AsJson = False
) -> int:
    """Remove rules from what a tenant is granted. Releases that exist keep theirs."""
    wanted = policy_options.require(policy_options.read({"allow": allow, "deny": deny, "private": private}))
    return _change(tenant, {}, wanted, "remove", as_json=json)


@app.command("list")
def list_(*, page: Page = 0, per_page: PerPage = 20, json: AsJson = False) -> int:
    """List the tenants."""
    with asking.api() as asked:
        found = asked.client.get("tenants", page=page, per_page=per_page)
    columns: list[showing.Column] = [("TENANT", "id"), ("NAME", "name"), ("MADE", showing.time("created_at"))]
    return showing.page(
        found, columns, as_json=json, none="There are no tenants. `interlock tenants create TENANT` makes one."
    )


@app.command("show")
def show(tenant: _Id, *, json: AsJson = False) -> int:
    """Show a tenant."""
    with asking.api() as asked:
        found = asked.client.get("tenants", tenant)
    if json:
        return showing.whole(found)
    made = showing.moment(found.get("created_at"))
    lookups = found.get("lookup_url") or "nowhere"
    days = found.get("keep_days")
    kept = "as long as the operator keeps them" if days is None else f"{days} days"
    named = [
        ("tenant", found.get("id")),
        ("name", found.get("name")),
        ("lookups", lookups),
        ("executions", f"kept {kept}"),
        ("attempts", found.get("attempts") or "5, as usual"),
        ("domain", found.get("domain") or "none"),
        ("made", made),
    ]
    showing.record([*named, *policies.described(found)])
    return 0


@app.command("delete")
def delete(
    tenant: _Id,
    *,
    yes: Annotated[bool, typer.Option("--yes", metavar="", help="Do not ask whether it is meant.")] = False,
    json: AsJson = False,
) -> int:
    """Delete a tenant with its actions, secrets, keys and executions."""
    if not yes and not _confirmed(tenant):
        raise Misused("not_confirmed", "Nothing was deleted.", "Give --yes, or the tenant's id when you are asked.")
    with asking.api() as asked:
        asked.client.delete("tenants", tenant)
    if json:
        return showing.whole({"id": tenant, "deleted": True})
    showing.say(f"Deleted the tenant {tenant} and everything that was its own.")
    return 0


def _change(tenant: str, given: "dict[str, JsonValue]", wanted: Wanted, mode: Mode, *, as_json: bool) -> int:
    with asking.api() as asked:
        present = asked.client.get("tenants", tenant) if wanted.anything else {}
        body = {**given, **_policy(wanted, present, mode)}
        # Limits and egress are sent whole: what another operator changed since they were read would be lost.
        body |= {"expected_revision": present["revision"]} if "revision" in present else {}
        changed = asked.client.patch("tenants", tenant, body=body)
    if as_json:
        return showing.whole(changed)
    showing.say(f"Changed the tenant {tenant}.")
    if wanted.anything:
        showing.record(policies.described(changed))
        showing.note(
            "Releases that exist keep their limits of runs and their reach: `interlock policies set TRIGGER --tenant "
            f"{tenant}`, with the same options, puts these in force. How much a tenant may have holds at once."
        )
    return 0


def _policy(wanted: Wanted, present: "Mapping[str, Any]", mode: Mode) -> "dict[str, JsonValue]":
    changed: dict[str, JsonValue] = {}
    if wanted.about_egress:
        changed["egress"] = wanted.egress(present.get("egress") or {}, mode)
    if wanted.about_limits:
        changed["limits"] = dict(wanted.changed_limits(present.get("limits") or {}))
    return changed


def _given(**options: str | int | None) -> "dict[str, JsonValue]":
    return {field: value for field, value in options.items() if value is not None}


def _confirmed(tenant: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    showing.note("This deletes its actions, secrets, keys and executions, for good.")
    return bool(typer.prompt("The tenant's id once more", default="", show_default=False, err=True) == tenant)
