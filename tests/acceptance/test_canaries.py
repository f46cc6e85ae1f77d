"""A secret's value is nowhere but in the run that needs it: twenty are set, used and abused, and then looked for."""

import contextlib
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from live_system import System, Tenant, descendants, dev

NAMES = [f"CANARY_{number}" for number in range(20)]
OF_TENANT, BY_COMMAND, OF_ACTION = NAMES[:10], NAMES[10:15], NAMES[15:]

# Logs them, throws them, computes with them; only what is asked for through `api` may leave a run in clear.
ACTION = """
exports.onExecutePostLogin = async (event, api) => {
  for (const [name, value] of Object.entries(event.secrets)) console.log(name, value, { nested: [value] });
  console.error(new Error(Object.values(event.secrets).join(' ')));
  api.idToken.setCustomClaim('https://example.com/seen', Object.keys(event.secrets).length);
  if (event.fail) throw new Error('failed with ' + Object.values(event.secrets).join(','));
  if (event.deny) api.access.deny('denied');
};
"""


@pytest.fixture
def answers() -> list[str]:
    """Everything that was answered, to be searched as well."""
    return []


@pytest.fixture
def busy(tmp_path: Path, answers: list[str]) -> Iterator[System]:
    """An Interlock whose answers are kept."""
    with dev(tmp_path, "--processes", "2") as system:

        def keep(response: httpx.Response) -> None:
            response.read()
            answers.append(f"{response.headers} {response.text}")

        system.client.event_hooks["response"].append(keep)
        yield system


def test_no_canary_is_in_a_file_a_log_an_answer_or_an_environment(
    busy: System, answers: list[str], login_event: dict[str, object]
) -> None:
    canaries = {name: secrets.token_urlsafe(24) for name in NAMES}
    tenant = busy.tenant()
    tenant.runs(ACTION)
    for name in OF_TENANT:
        assert tenant.put(f"secrets/{name}", {"value": canaries[name]}).is_success
    for name in OF_ACTION:
        assert tenant.put(f"actions/action/secrets/{name}", {"value": canaries[name]}).is_success
    printed = [set_by_command(busy, tenant, name, canaries[name]) for name in BY_COMMAND]
    misuse(tenant, list(canaries.values()), login_event)

    for change in ({}, {"fail": True}, {"deny": True}) * 10:
        answer = tenant.send({**login_event, **change}).json()
        assert tenant.ended(answer["execution"])["secrets"]["action"].keys() == canaries.keys()
        if not change:
            assert answer["outcome"]["id_token"]["claims"]["https://example.com/seen"] == len(NAMES)
    assert tenant.client.post("/rotation").is_success
    assert tenant.post("rotation", {}).is_success

    environments = process_facts(busy)
    busy.processes.end()
    found = [
        f"{name} in {where}"
        for where, text in [
            *files(busy.folder.parent),
            *environments,
            *((f"answer {number}", answer.encode()) for number, answer in enumerate(answers)),
            *(("printed", text) for text in printed),
        ]
        for name, value in canaries.items()
        if value.encode() in text
    ]
    assert not found


def set_by_command(system: System, tenant: Tenant, name: str, value: str) -> bytes:
    """`interlock secrets set` with the value from standard input; what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "interlock.executor", "secrets", "set", name, "--tenant", tenant.id],
        input=value.encode(),
        env={"INTERLOCK_URL": system.url, "INTERLOCK_API_KEY": system.key},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def misuse(tenant: Tenant, values: list[str], event: dict[str, object]) -> None:
    """Puts values where they do not belong: each is refused, and the refusal repeats nothing."""
    first = values[0]
    refusals = [
        tenant.put(f"secrets/{first}!", {"value": "x"}),
        tenant.put("secrets/NAME", {"valeu": first}),
        tenant.put("secrets/NAME", {"value": [first]}),
        tenant.put("secrets/NAME", {"value": first * 10_000}),
        tenant.put("secrets/NAME", first),
        tenant.client.put(f"/tenants/{tenant.id}/secrets/NAME", content=f'{{"value": "{first}'),
        tenant.send({**event, "secrets": {"NAME": first}}),
        tenant.client.get("/tenants", headers={"Authorization": f"Bearer {first}"}),
    ]
    assert [response.status_code // 100 for response in refusals] == [4] * len(refusals)


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that Interlock wrote: database and its log, Valkey's append-only file, what it printed."""
    names = set()
    for path in folder.rglob("*"):
        if path.is_file():
            names.add(path.suffix)
            yield path.name, path.read_bytes()
    # The search would find nothing in an empty folder, too.
    assert {".sqlite", ".aof", ".log"} <= names


def process_facts(system: System) -> list[tuple[str, bytes]]:
    """Environment and command line of every process."""
    facts = []
    for pid in descendants(system.process.pid):
        for what in ("environ", "cmdline"):
            with contextlib.suppress(OSError):
                facts.append((f"{what} of {pid}", Path(f"/proc/{pid}/{what}").read_bytes()))
    assert len(facts) >= 8
    return facts
