"""`interlock keys`: API keys of tenants and of the operator."""

from typing import Annotated, Any, Final

import typer

from interlock.executor.commands import asking, showing
from interlock.executor.commands.asking import Asked
from interlock.executor.commands.options import AsJson, Page, PerPage, Tenant
from interlock.executor.errors import Misused

app: Final = typer.Typer(help="API keys, each shown once when it is made.")

_Operator = Annotated[
    bool, typer.Option("--operator", metavar="", help="The operator's, which may act for every tenant.")
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
    json: AsJson = False,
) -> int:
    """Make an API key. It is printed alone, this one time; everything else goes to standard error."""
    _check(tenant, operator=operator)
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


def _check(tenant: str | None, *, operator: bool) -> None:
    if operator and tenant:
        raise Misused("usage", "A key is a tenant's or the operator's.", "Give --tenant or --operator, not both.")


def _place(asked: Asked, *, operator: bool) -> tuple[str, ...]:
    return ("keys",) if operator else ("tenants", asked.tenant, "keys")


def _made(tenant: str | None, name: str, scopes: list[str], *, operator: bool) -> dict[str, Any]:
    with asking.api(tenant) as asked:
        return {**asked.client.post(*_place(asked, operator=operator), body={"name": name, "scopes": [*scopes]})}


def _made_locally(name: str, scopes: list[str], *, operator: bool) -> dict[str, Any]:
    if not operator:
        raise Misused("usage", "Only an operator key is made without the API.", "Give --operator --local.")
    from interlock.executor.commands import first_key  # noqa: PLC0415 - see `asking`

    return first_key.create(name, scopes)
