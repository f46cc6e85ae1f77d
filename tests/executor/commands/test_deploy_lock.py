"""`interlock actions deploy --lock`: exactly the packages that its author has."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[..., Any]
TENANT = "/v1/tenants/acme"
VERSION = {"id": "ver_1", "number": 1, "status": "built", "errors": [], "log": "", "code": "x"}


def test_a_deploy_sends_a_lock_without_what_nobody_needs(interlock: Call, api: Any, tmp_path: Path) -> None:
    api.answer("POST", f"{TENANT}/actions/tier/deploy", VERSION)
    path = tmp_path / "package-lock.json"
    packages = {"node_modules/a": {"version": "1.0.0", "integrity": "sha512-x"}}
    path.write_text(json.dumps({"name": "mine", "lockfileVersion": 2, "packages": packages, "dependencies": {}}))
    assert interlock("actions", "deploy", "tier", "--lock", path).status == 0
    assert api.asked[-1].body["lock"] == {"lockfileVersion": 2, "packages": packages}


def test_a_file_that_is_no_lock_is_not_sent(interlock: Call, api: Any, tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text('{"dependencies": {}}')
    finished = interlock("actions", "deploy", "tier", "--lock", path)
    assert finished.status == 2
    assert "error[lock_invalid]" in finished.err
    assert "npm install --package-lock-only" in finished.err
    assert interlock("actions", "deploy", "tier", "--lock", path, "--version", 1).status == 2
    assert api.asked == []
