"""docs/MIGRATING.md, run as it stands: an export of Auth0's deploy tool, imported, sent an event, exported, imported
elsewhere. The tool's own step is played by a folder as it writes one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from live_system import System, dev
from npm_registry import ESBUILD

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "MIGRATING.md"
EXPORTED = ROOT / "tests" / "executor" / "migration" / "tenant"
TOLD = "told by the page"


def blocks() -> list[str]:
    """The commands of the page, in their order, but for those of Auth0's own tool."""
    return re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)


def run(system: System, folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("INTERLOCK_")}
    kept = {name: text for name, text in os.environ.items() if name == "INTERLOCK_CACHE_DIR"}
    environment = {
        **clean,
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "INTERLOCK_URL": system.url,
        "INTERLOCK_API_KEY": system.key,
        "INTERLOCK_ESBUILD": str(ESBUILD),
    }
    command = ["bash", "-eu", "-o", "pipefail", "-c", script]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


def current(system: System, tenant: str) -> list[tuple[Any, ...]]:
    """What runs at a login, without what differs between any two tenants."""
    found = []
    here = f"/tenants/{tenant}"
    for entry in system.client.get(f"{here}/triggers/post-login/releases/current").json()["actions"]:
        version = system.client.get(f"{here}/actions/{entry['action_name']}/versions/{entry['version_number']}").json()
        parts = [version[part] for part in ("code", "dependencies", "lock", "secret_names", "runtime", "language")]
        modules = [module["name"] for module in version["modules"]]
        found.append((entry["position"], entry["action_name"], entry["display_name"], modules, *parts))
    return found


def test_the_page_is_true_and_an_export_gives_the_same_releases_elsewhere(tmp_path: Path) -> None:
    shutil.copytree(EXPORTED, tmp_path / "tenant")
    with dev(tmp_path, "--processes", "1", INTERLOCK_ESBUILD=str(ESBUILD)) as system:
        assert len(blocks()) == 7
        script = "\n".join(f"echo '{TOLD}'\n{block}" for block in blocks())
        done = run(system, tmp_path, script)
        assert done.returncode == 0, done.stdout + done.stderr
        said = done.stdout.split(f"{TOLD}\n")[1:]
        shown = re.search(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
        assert shown is not None
        for line in shown[1].splitlines():
            assert line in said[1]
        assert "Change 1 is in force." in said[3]
        assert "Set 2 secrets." in said[3]
        assert "Nothing would change." in said[4]
        assert "status  completed" in said[5]
        assert "https://acme.example/roles" in said[5]
        assert "Nothing would change." in said[6]
        assert "a key of the CRM" not in done.stdout + done.stderr
        assert not [file for file in (tmp_path / "backup").rglob("*") if b"key of the CRM" in _octets(file)]

        assert system.client.post("/tenants", json={"id": "other", "name": "Other"}).status_code == 201
        elsewhere = run(system, tmp_path, "INTERLOCK_TENANT=other interlock import auth0 backup.yaml --yes --json")
        assert elsewhere.returncode == 0, elsewhere.stdout + elsewhere.stderr
        assert json.loads(elsewhere.stdout)["secrets_missing"] == ["actions:crm/CRM_KEY", "Add roles/ROLES_NAMESPACE"]
        assert current(system, "other") == current(system, "acme")
        assert len(current(system, "acme")) == 2
        assert system.client.get("/tenants/acme/releases").json()["total"] == 1

        broken = tmp_path / "tenant" / "actions" / "sync-crm" / "code.js"
        broken.write_text(broken.read_text() + "nope();\n")
        failed = run(system, tmp_path, "INTERLOCK_TENANT=acme interlock import auth0 tenant --yes --build")
        assert failed.returncode == 1
        assert "will fail  actions/sync-crm/code.js:6:1" in failed.stdout
        assert "everything runs as before" in failed.stdout
        assert "sync-crm/code.js:6:1\n" in failed.stdout.partition("everything runs as before")[2]


def _octets(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
