"""A suspended flow over the loss of every process and of all of Redis, seen from outside."""

import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import redis

from live_system import System, Tenant, descendants, dev, until

CODE = """
exports.onExecutePostLogin = async (event, api) => {
  api.user.setUserMetadata('sent', true);
  api.idToken.setCustomClaim('https://a.example/secret', event.secrets.KEY);
  api.redirect.sendUserTo('https://consent.example/', { query: { token: event.secrets.KEY } });
};
exports.onContinuePostLogin = async (event, api) => {
  await new Promise((go) => setTimeout(go, event.wait_ms ?? 0));
  api.accessToken.setCustomClaim('https://a.example/ip', event.request.ip);
};
"""
SECRET = "hunter22-of-the-tenant"


def test_what_waits_is_resumed_after_every_process_was_killed_and_redis_lost_everything(
    tmp_path: Path, login_event: dict[str, Any]
) -> None:
    request = {**login_event["request"], "ip": "203.0.113.99"}
    with dev(tmp_path, "--processes", "1") as system:
        tenant = system.tenant()
        assert tenant.put("secrets/KEY", {"value": SECRET}).is_success
        tenant.runs(CODE)
        waits, begun = (tenant.send(login_event).json() for _ in range(2))
        assert waits["outcome"]["redirect"] == {"url": f"https://consent.example/?token={SECRET}"}
        assert waits["outcome"]["user"] == {"user_metadata": {"sent": True}}
        lost = lost_while_resumed(system, tenant, begun, {"request": request, "wait_ms": 15_000})
        for pid in descendants(system.process.pid):
            os.kill(pid, signal.SIGKILL)
        system.process.wait()
    # Nothing of it stands in clear in the database.
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in system.folder.glob("interlock.sqlite*"))
    with dev(tmp_path, "--processes", "1") as system:
        tenant = Tenant(tenant.id, system.client)
        with redis.Redis.from_url(f"unix://{system.folder.resolve()}/valkey/valkey.sock") as client:
            client.flushall()

        # The worker registers anew by itself.
        body = {"state": waits["resume"]["state"], "event": {"request": request}}
        answer = until(lambda: taken(tenant.post("resume", body)), "it is resumed")
        assert answer["status"] == "completed"
        assert answer["outcome"] == {
            "id_token": {"claims": {"https://a.example/secret": SECRET}},
            "access_token": {"claims": {"https://a.example/ip": "203.0.113.99"}},
        }
        again = tenant.post("resume", body)
        assert (again.status_code, again.json()["code"]) == (409, "already_resumed")
        assert again.json()["execution"] == answer["execution"]
        # What had begun when its worker was lost is over, and says so: its actions may have had effects.
        over = tenant.post(f"executions/{begun['execution']}/resume", {"event": {"request": request}})
        assert (over.status_code, over.json()["code"], over.json()["execution"]) == (409, "already_resumed", lost)
        assert tenant.ended(answer["execution"])["transaction"] == waits["execution"]
        assert SECRET not in system.processes.said()


def lost_while_resumed(system: System, tenant: Tenant, begun: dict[str, Any], event: dict[str, Any]) -> str:
    """Resume, and kill the worker that goes on. Return the id of the execution that was lost."""
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(tenant.post, f"executions/{begun['execution']}/resume", {"event": event})
        until(lambda: begins(system), "its promise is kept")
        for worker in system.workers:
            os.kill(worker, signal.SIGKILL)
        answer = told.result()
    assert (answer.status_code, answer.json()["code"]) == (502, "worker_lost")
    return str(answer.json()["execution"])


def begins(system: System) -> bool:
    """Whether what was promised is begun, as the database says."""
    with sqlite3.connect(f"file:{system.folder}/interlock.sqlite?mode=ro", uri=True) as database:
        return bool(database.execute("SELECT count(*) FROM suspensions WHERE begun_at IS NOT NULL").fetchone()[0])


def taken(answer: Any) -> Any:
    """The answer, once the queue takes events again."""
    return answer.json() if answer.status_code == 200 else None
