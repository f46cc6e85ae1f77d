"""`interlock secrets`: values that actions read as event.secrets. They go in and never come out.

Rule of this file: no message repeats what was given as an argument but a well-formed name. Who writes `NAME=VALUE`
or `NAME VALUE` has put a secret into the shell's history already; it must not also get into a log.
"""

import contextlib
import re
import sys
from collections.abc import Iterator
from getpass import getpass
from typing import Annotated, Final

import typer

from interlock.executor.commands import asking, showing
from interlock.executor.commands.asking import Asked
from interlock.executor.commands.options import Action, AsJson, Module, Tenant
from interlock.executor.errors import ExecutorError, FileRefused, Misused, SecretRefused

app: Final = typer.Typer(help="Secrets of a tenant, of one action or of one module: set, listed by name, rotated.")

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOW: Final = "Give the name alone; the value is asked for, or read: interlock secrets set NAME < file."

_Name = Annotated[list[str], typer.Argument(metavar="NAME", help="As in event.secrets.NAME.", show_default=False)]


@app.command("set")
def set_(
    name: _Name, *, tenant: Tenant = None, action: Action = None, module: Module = None, json: AsJson = False
) -> int:
    """Set a secret. The value is asked for, not shown, or is all of standard input."""
    from interlock.secrets import read_value  # noqa: PLC0415 - see `asking`

    only = _only(name)
    with _translated(), asking.api(tenant) as asked:
        place = _place(asked, (action, module), only)
        if sys.stdin is None:
            raise FileRefused("file_unreadable", "Standard input is closed.", _HOW)
        value = read_value(only, sys.stdin.buffer, ask=_ask_twice)
        made = asked.client.put(*place, body={"value": value.reveal()})
    if json:
        return showing.whole(made)
    showing.say(f"Set {only}, number {made.get('number')}. Runs from now on see it.")
    return 0


@app.command("list")
def list_(*, tenant: Tenant = None, action: Action = None, module: Module = None, json: AsJson = False) -> int:
    """List the names of secrets, and when each was set."""
    with asking.api(tenant) as asked:
        found = asked.client.get(*_place(asked, (action, module)))
    columns: list[showing.Column] = [("NAME", "name"), ("NUMBER", "number"), ("SET", showing.time("updated_at"))]
    none = "There are no secrets. `interlock secrets set NAME` sets one."
    if action or module:
        none = f"{action or module} has none of its own. It also sees the tenant's: `interlock secrets list`."
    return showing.page(found, columns, as_json=json, none=none)


@app.command("remove")
def remove(
    name: _Name, *, tenant: Tenant = None, action: Action = None, module: Module = None, json: AsJson = False
) -> int:
    """Remove a secret."""
    only = _only(name)
    with asking.api(tenant) as asked:
        asked.client.delete(*_place(asked, (action, module), only))
    if json:
        return showing.whole({"name": only, "removed": True})
    showing.say(f"Removed {only}.")
    return 0


@app.command("rotate")
def rotate(
    *,
    tenant: Tenant = None,
    key: Annotated[
        bool, typer.Option("--key", metavar="", help="The key-encryption key, of all tenants, instead.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Give a tenant a new data key and seal its secrets anew; or, with --key, wrap all data keys anew."""
    from interlock.executor.commands import rotation  # noqa: PLC0415 - see `asking`

    if key and tenant:
        raise Misused("usage", "A key-encryption key is that of all tenants.", "Give --tenant or --key, not both.")
    with asking.api(tenant) as asked:
        return rotation.key(asked, as_json=json) if key else rotation.tenant(asked, as_json=json)


@app.command("new-key")
def new_key(*, json: AsJson = False) -> int:
    """Add a new key-encryption key to the key file; where keys come from elsewhere, say how to."""
    from interlock.executor.commands import rotation  # noqa: PLC0415 - see `asking`

    with _translated():
        return rotation.new_key(as_json=json)


def _only(given: list[str]) -> str:
    if len(given) > 1 or not _NAME.fullmatch(given[0]):
        message = "A value was given as an argument." if len(given) > 1 or "=" in given[0] else "That is no name."
        raise SecretRefused("secret_syntax", message, f"{_HOW} A value that stood in an argument should be replaced.")
    return given[0]


def _place(asked: Asked, owner: tuple[str | None, str | None], *name: str) -> tuple[str, ...]:
    action, module = owner
    if action and module:
        raise Misused("usage", "An action and a module are named.", "Name one of them.")
    of = ("actions", action) if action else ("modules", module) if module else ()
    return ("tenants", asked.tenant, *of, "secrets", *name)


def _ask_twice(prompt: str) -> str:
    # It can never be read again, so a typing error would be found by an action that fails.
    if (first := getpass(prompt)) != getpass("The same once more: "):
        del first
        raise SecretRefused("secret_not_repeated", "The two values differ; nothing was set.", "Set it again.")
    return first


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Raise what `interlock.secrets` refuses as an error of ours: same code, same message."""
    from interlock.secrets import SecretsError  # noqa: PLC0415 - see `asking`

    try:
        yield
    except SecretsError as error:
        raise ExecutorError(error.code, error.message) from None
