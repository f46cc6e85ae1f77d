"""What is run: the action "roles and tier", an event of 600 bytes, and what must come out of them."""

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent / "payload"

ACTION: Final = (FOLDER / "roles.js").read_text()
EVENT: Final[dict[str, Any]] = json.loads((FOLDER / "event.json").read_text())
EVENT_JSON: Final = json.dumps(EVENT, separators=(",", ":"))
WHOLE_EVENT: Final[dict[str, Any]] = {
    **EVENT,
    "tenant": {"id": "shop"},
    "user": {
        **EVENT["user"],
        "created_at": "2025-01-31T12:00:00.000Z",
        "updated_at": "2025-11-30T12:00:00.000Z",
        "identities": [{"connection": "users", "provider": "auth0", "user_id": "65f2a9c4e1b7d30012ab34cd"}],
    },
    "request": {**EVENT["request"], "body": {}, "geoip": {"countryCode": "DE"}},
}
"""The same with all that a post-login event must have: what is posted over HTTP is checked."""

SCRIPT: Final = f"var exports = {{}};\n{ACTION}\n{(FOLDER / 'harness.js').read_text()}"
"""The action for an engine without our runtime: a script that defines `run(event)` and leaves its answer in `out`."""

EXPECTED: Final = [
    {"method": "api.accessToken.setCustomClaim", "args": ["https://myapp.com/roles", ["admin", "editor"]]},
    {"method": "api.accessToken.setCustomClaim", "args": ["https://myapp.com/tier", "pro"]},
]
"""The commands. A subject that answers anything else is not measured: it did other work."""

CONSOLE_ACTION: Final = ACTION.replace(
    "const namespace",
    "console.log('login', { user: event.user, roles: event.authorization.roles });\n  const namespace",
)
WAITING_ACTION: Final = ACTION.replace(
    "const namespace", "await new Promise((go) => setTimeout(go, event.wait_ms));\n  const namespace"
)
ASKING_ACTION: Final = ACTION.replace(
    "const namespace",
    "for (let asked = 0; asked < 10; asked++) await new Promise((go) => setTimeout(go, 0));\n  const namespace",
)
"""One that asks the host ten times, and waits for each answer."""
BUSY_ACTION: Final = "exports.onExecutePostLogin = () => { while (true); };"


class WrongAnswer(Exception):
    """A subject did not do the work it was measured for."""


def check(subject: str, commands: object) -> None:
    """Raises WrongAnswer unless these are the commands that the action asks for."""
    if commands != EXPECTED:
        raise WrongAnswer(f"{subject} answered {commands!r:.500}")
