"""A project that is in force again with each save: what `interlock dev --watch` does beside its server.

What cannot be read, built or applied is said with its file and line, and what ran before goes on running.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from rich.text import Text

from interlock.executor import output, release_files
from interlock.executor.client import Client
from interlock.executor.client.access import Access
from interlock.executor.commands import changing, showing
from interlock.executor.errors import ApiFailed, ExecutorError
from interlock.executor.local import local_secrets, watching

TENANT: Final = "local"
"""The tenant that a watched project is deployed to, where none is named."""

_BUILD_S: Final = 600


@dataclass(slots=True)
class _State:
    """What is known of the project from one save to the next."""

    folder: Path
    tenant: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    code: tuple[Path, ...] = ()
    """The files of its code, some of which may be outside its folder."""


@contextlib.asynccontextmanager
async def redeployed(folder: Path, tenant: str, access: Access) -> AsyncIterator["asyncio.Task[None]"]:
    """Deploy the project now and with each save, until the end of the block. The task that is given never ends by
    itself.
    """
    task = asyncio.create_task(_watch(_State(folder, tenant), access))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


def access(url: str, key: str) -> Access:
    """Return how the server beside is asked."""
    import httpx  # noqa: PLC0415 - see `asking`

    return Access(httpx.URL(url), SecretStr(key))


async def _watch(state: _State, access: Access) -> None:
    with Client(access) as client:
        showing.say(f"Watching {state.folder.absolute()}. It runs as the tenant {state.tenant}, which other commands")
        showing.say(f"mean with --tenant {state.tenant}, or with INTERLOCK_TENANT={state.tenant}.")
        seen = await asyncio.to_thread(watching.look, state.folder)
        await asyncio.to_thread(_redeploy, client, state, ())
        async for saved in watching.saves(state.folder, lambda: state.code, seen=seen):
            await asyncio.to_thread(_redeploy, client, state, saved)


def _redeploy(client: Client, state: _State, saved: Sequence[str]) -> None:
    """Put the project in force as it is now, and say in a line what came of it."""
    began = time.monotonic()
    try:
        _make_tenant(client, state.tenant)
        read = release_files.read(state.folder)
        outside = (path for path, _ in read.code.values() if not path.is_relative_to(state.folder))
        state.code = tuple(outside)
        done = _set_secrets(client, state)
        place = ("tenants", state.tenant, "releases")
        read.check_triggers([each["id"] for each in client.get("triggers")["items"]])
        if not client.post(*place, "diff", body=dict(read.body)).get("same"):
            change = changing.watched(client, place, dict(read.body), _BUILD_S)
            if change.get("status") != "applied":
                _head("not deployed", "bold red", _names(saved, state.folder), began)
                changing.show(change, read.code)
                return
            done += _done(change)
    except ExecutorError as error:
        _head("not deployed", "bold red", _names(saved, state.folder), began)
        output.write_error(error, as_json=False)
        return
    if done:
        _head("deployed", "bold green", ", ".join(done), began)
    else:
        _head("nothing changed", "dim", _names(saved, state.folder), began)


def _make_tenant(client: Client, tenant: str) -> None:
    try:
        client.get("tenants", tenant)
    except ApiFailed as failed:
        if failed.code != "not_found":
            raise
        client.post("tenants", body={"id": tenant})


def _set_secrets(client: Client, state: _State) -> list[str]:
    """Give the tenant what differs from what it was given. Return what was done."""
    wanted = local_secrets.read(state.folder)
    done = []
    for name, value in wanted.items():
        if state.secrets.get(name) != value:
            client.put("tenants", state.tenant, "secrets", name, body={"value": value})
            done.append(f"secret {name}")
    for name in state.secrets.keys() - wanted.keys():
        client.delete("tenants", state.tenant, "secrets", name)
        done.append(f"no secret {name} any more")
    state.secrets = wanted
    return done


def _done(change: Mapping[str, Any]) -> list[str]:
    built = [f"{part['kind']} {part['name']} {part['number']}" for part in change.get("versions") or []]
    return [*built, *(f"{changing.place_of(each)} release {each['number']}" for each in change.get("releases") or [])]


def _names(saved: Sequence[str], folder: Path) -> str:
    names = [str(Path(path).relative_to(folder)) if Path(path).is_relative_to(folder) else path for path in saved]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _head(what: str, style: str, which: str, began: float) -> None:
    clock = datetime.now().astimezone().strftime("%H:%M:%S")
    text = Text.assemble((clock, "dim"), "  ", (what, style), f"  {output.visible_line(which)}" if which else "")
    output.write(output.console(), text.append(f"  {(time.monotonic() - began) * 1_000:.0f} ms", "dim"))
