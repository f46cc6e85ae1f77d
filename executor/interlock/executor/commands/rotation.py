"""What a rotation of keys did, and what to do next, in words."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from interlock.executor import settings
from interlock.executor.commands import showing
from interlock.executor.commands.asking import Asked
from interlock.secrets import FileKeys

_VARIABLE: Final = """\
Key-encryption keys come from INTERLOCK_KEY:
  1. Make one: openssl rand -base64 32
  2. Put it behind the present ones, separated by a comma: the newest stands last.
  3. Restart every API and worker with both, one after the other; the new one is not used yet.
  4. interlock secrets rotate --key"""
_COMMAND: Final = """\
Key-encryption keys come from the command of INTERLOCK_KEY_COMMAND:
  1. Make one: openssl rand -base64 32
  2. Keep it where the command finds it, and let it print the present ones and then the new one, a line each.
  3. interlock secrets rotate --key"""


def tenant(asked: Asked, *, as_json: bool) -> int:
    """Rotate a tenant's data key. Return 0, or 1 when some value does not open."""
    done = asked.client.post("tenants", asked.tenant, "rotation")
    if as_json:
        showing.whole(done)
    elif not done.get("data_key"):
        showing.say(f"The tenant {asked.tenant} has no data key yet: there was nothing to do.")
    else:
        showing.say(
            f"The tenant {asked.tenant} has a new data key, number {done['data_key']}; "
            f"{_count(done.get('secrets'), 'secret')} sealed anew with it. Values and numbers are the same as before."
        )
        if not done.get("finished", True):
            showing.say("Older data keys are still in use: run it again.")
    return _broken(done, "secrets do not open; set them again", as_json=as_json)


def key(asked: Asked, *, as_json: bool) -> int:
    """Put the newest key-encryption key in use. Return 0, or 1 when some data key does not open."""
    done = asked.client.post("rotation")
    if as_json:
        showing.whole(done)
    else:
        showing.say(f"In use from now on: key-encryption key {done.get('key')}.")
        showing.say(f"{_count(done.get('data_keys'), 'data key')} wrapped anew with it. No secret was touched.")
        _older(done.get("retired") or [], done.get("needed") or [])
    return _broken(done, "data keys do not open; restore their keys from a backup", as_json=as_json)


def new_key() -> int:
    """Add a key to the key file, or say how it is done where keys come from elsewhere. Return 0."""
    loaded = settings.load()
    if loaded.key is not None:
        showing.say(_VARIABLE)
    elif loaded.key_command is not None:
        showing.say(_COMMAND)
    else:
        path = loaded.key_file or loaded.folder.key_file
        made = asyncio.run(FileKeys(path).add())
        showing.say(f"Added the key-encryption key {made} to {path}, as the newest. It is not used yet.")
        showing.say("Keep a copy of the file, apart from those of the database.")
        showing.say("Next, when every machine has this file: interlock secrets rotate --key")
    return 0


def _older(retired: Sequence[str], needed: Sequence[str]) -> None:
    if retired:
        showing.say(
            f"Nothing stored needs {', '.join(retired)} any more. It may be taken from where keys come from; "
            "keep a copy as long as you keep backups made before now."
        )
    if needed:
        showing.say(f"Still needed: {', '.join(needed)}. Run it again, or repair what does not open.")
    if not retired and not needed:
        showing.say("No older key was in use. `interlock secrets new-key` says how to get a new one.")


def _broken(done: Mapping[str, Any], what: str, *, as_json: bool) -> int:
    broken = done.get("broken") or []
    if broken and not as_json:
        showing.say(f"{len(broken)} {what}: {', '.join(map(_place, broken))}.")
    return 1 if broken else 0


def _place(broken: object) -> str:
    match broken:
        case {**parts}:
            return "/".join(str(part) for part in parts.values() if part)
        case list() | tuple():
            return "/".join(map(str, broken))
        case _:
            return str(broken)


def _count(number: object, noun: str) -> str:
    return f"{number or 0} {noun}{'' if number == 1 else 's'}"
