"""`interlock keys`: API keys of tenants and of the operator."""

import json as json_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from interlock.executor import files
from interlock.executor.commands import asking, showing
from interlock.executor.commands.asking import Asked
from interlock.executor.commands.options import AsJson, Page, PerPage, Tenant
from interlock.executor.errors import Misused

app: Final = typer.Typer(help="API keys, each shown once when it is made.")

_Operator = Annotated[
    bool, typer.Option("--operator", metavar="", help="The operator's, which may act for every tenant.")
]


_Management = Annotated[
    bool,
    typer.Option(
        "--management", metavar="", help="A client id and secret for Auth0's own clients, which ask at its domain."
    ),
]
_PublicKey = Annotated[
    Path | None,
    typer.Option(
        "--public-key", metavar="FILE", help="With --management: the client signs, and has no secret. PEM or JWK."
    ),
]


@app.command("create")
def create(
    *,
    tenant: Tenant = None,
    operator: _Operator = False,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="SCOPE", help="Such as events:send; may be given again. Without any: all."),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What it is for.")] = "command line",
    local: Annotated[
        bool,
        typer.Option("--local", metavar="", help="Write it to the database itself, without the API: the first key."),
    ] = False,
    management: _Management = False,
    public_key: _PublicKey = None,
    json: AsJson = False,
) -> int:
    """Make an API key. It is printed alone, this one time; everything else goes to standard error."""
    _check(tenant, operator=operator)
    if management:
        _check_management(operator=operator, local=local)
        return _made_client(tenant, name, scope or [], public_key, as_json=json)
    if public_key is not None:
        raise Misused("usage", "Only a client of the management API signs.", "Give --management, too.")
    made = (
        _made_locally(name, scope or [], operator=operator)
        if local
        else _made(tenant, name, scope or [], operator=operator)
    )
    if json:
        return showing.whole(made)
    showing.say(str(made.get("key", "")))
    limited = ", ".join(made.get("scopes") or []) or "everything that its owner may"
    showing.note(f"Key {made.get('id')}, for {limited}. Keep it now: it is not shown again.")
    return 0


@app.command("list")
def list_(
    *, tenant: Tenant = None, operator: _Operator = False, page: Page = 0, per_page: PerPage = 20, json: AsJson = False
) -> int:
    """List keys, revoked ones too. Their text is kept nowhere."""
    _check(tenant, operator=operator)
    with asking.api(tenant) as asked:
        found = asked.client.get(*_place(asked, operator=operator), page=page, per_page=per_page)
    columns: list[showing.Column] = [
        ("KEY", "id"),
        ("NAME", "name"),
        ("KIND", "kind"),
        ("MAY", lambda key: key.get("scopes") or "everything"),
        ("MADE", showing.time("created_at")),
        ("USED", showing.time("last_used_at")),
        ("REVOKED", showing.time("revoked_at")),
    ]
    return showing.page(found, columns, as_json=json, none="There are no keys. `interlock keys create` makes one.")


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its id: key_...", show_default=False)],
    *,
    tenant: Tenant = None,
    operator: _Operator = False,
    json: AsJson = False,
) -> int:
    """End a key, at once and for good."""
    _check(tenant, operator=operator)
    if key.startswith("interlock_"):
        # The text of a key, in place of its id: a message would repeat it.
        raise Misused("usage", "That is the text of a key, not its id.", "`interlock keys list` shows ids.")
    with asking.api(tenant) as asked:
        asked.client.delete(*_place(asked, operator=operator), key)
    if json:
        return showing.whole({"id": key, "revoked": True})
    showing.say(f"Revoked {key}.")
    return 0


@app.command("rotate-signing")
def rotate_signing(
    *,
    at_once: Annotated[
        bool,
        typer.Option("--at-once", metavar="", help="Tokens that are out count for nothing any more: for a leaked key."),
    ] = False,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Have another key sign the access tokens of a tenant's management API from now on."""
    with asking.api(tenant) as asked:
        done = asked.client.post("tenants", asked.tenant, "keys", "signing", body={"at_once": at_once})
    if json:
        return showing.whole(done)
    showing.say(f"The key {done.get('id')} signs from now on.")
    for each in done.get("older") or ():
        showing.say(f"{each['id']} is in the key set until {showing.moment(each['until'])}, when its last token ends.")
    if at_once:
        showing.say("Tokens that were granted before are refused: clients ask for new ones.")
    return 0


def _check(tenant: str | None, *, operator: bool) -> None:
    if operator and tenant:
        raise Misused("usage", "A key is a tenant's or the operator's.", "Give --tenant or --operator, not both.")


def _place(asked: Asked, *, operator: bool) -> tuple[str, ...]:
    return ("keys",) if operator else ("tenants", asked.tenant, "keys")


def _made(tenant: str | None, name: str, scopes: list[str], *, operator: bool) -> dict[str, Any]:
    with asking.api(tenant) as asked:
        return {**asked.client.post(*_place(asked, operator=operator), body={"name": name, "scopes": [*scopes]})}


def _check_management(*, operator: bool, local: bool) -> None:
    if operator or local:
        raise Misused("usage", "A client of the management API is a tenant's.", "Give --tenant, without --local.")


def _made_client(tenant: str | None, name: str, scopes: list[str], public_key: Path | None, *, as_json: bool) -> int:
    body: dict[str, Any] = {"name": name, "scopes": [*scopes]}
    if public_key is not None:
        body["public_key"] = _key_of(files.read_text(public_key))
    with asking.api(tenant) as asked:
        made = asked.client.post("tenants", asked.tenant, "keys", "management", body=body)
    if as_json:
        return showing.whole(made)
    # As Auth0's deploy tool reads them from its environment.
    if made.get("domain"):
        showing.say(f"AUTH0_DOMAIN={made['domain']}")
    showing.say(f"AUTH0_CLIENT_ID={made.get('id')}")
    if made.get("client_secret"):
        showing.say(f"AUTH0_CLIENT_SECRET={made['client_secret']}")
        showing.note("Keep the secret now: it is not shown again.")
    if not made.get("domain"):
        showing.note("The tenant has no domain yet: `interlock tenants change TENANT --domain HOST` gives it one.")
    return 0


def _key_of(text: str) -> Any:
    """Return a JWK as the object that it is, and anything else as it stands."""
    try:
        return json_module.loads(text)
    except ValueError:
        return text


def _made_locally(name: str, scopes: list[str], *, operator: bool) -> dict[str, Any]:
    if not operator:
        raise Misused("usage", "Only an operator key is made without the API.", "Give --operator --local.")
    from interlock.executor.commands import first_key  # noqa: PLC0415 - see `asking`

    return first_key.create(name, scopes)
