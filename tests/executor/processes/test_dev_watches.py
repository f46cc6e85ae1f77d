"""`interlock dev --watch`: a project runs, and runs again with each save."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from interlock.worker import simulate, triggers
from live_system import Tenant, dev, until


def test_what_is_saved_is_in_force_and_what_is_wrong_leaves_what_was(
    interlock: Callable[..., Any], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    assert interlock("init", project).status == 0
    action = project / "actions" / "on-post-login" / "action.js"
    code = action.read_text()
    event = simulate.simulated_event(triggers.BUILT_IN.get("post-login"))
    with dev(tmp_path, str(project), "--watch", "--processes", "1") as system:
        tenant = Tenant("local", system.client)
        said = system.processes.said
        until(lambda: "deployed  action on-post-login 1, post-login release 1" in said(), "the first deploy")

        def claim() -> str:
            answer = tenant.send(event).json()
            return str(answer["outcome"]["id_token"]["claims"]["https://example.com/greeting"])

        assert claim() == "Hello, Ada Byrne"
        (project / "secrets.env").write_text("GREETING=Welcome to you\n")
        until(lambda: "deployed  secret GREETING" in said(), "the secret")
        beside = action.with_suffix(".tmp")
        beside.write_text(code.replace("Hello", "${event.secrets.GREETING}"))
        beside.replace(action)
        until(lambda: "post-login release 2" in said(), "the second deploy")
        assert claim() == "Welcome to you, Ada Byrne"
        action.write_text(f"{code}let x = ;\n")
        until(lambda: "error[syntax_error]" in said(), "the mistake")
        assert f"{action}:6:9" in said()
        assert claim() == "Welcome to you, Ada Byrne"
        action.write_text(code)
        until(lambda: "post-login release 3" in said(), "the third deploy")
        assert claim() == "Hello, Ada Byrne"
        assert "Welcome to you" not in said()
        # What it asks of its own server for that is nobody's affair.
        assert "build_started" not in said()
        assert "/releases" not in said()
        system.process.terminate()
        assert system.process.wait(60) == 0


def test_a_folder_without_a_project_is_refused_at_once(interlock: Callable[..., Any], tmp_path: Path) -> None:
    refused = interlock("dev", tmp_path, "--watch", "--data", tmp_path / "data")
    assert (refused.status, "`interlock init` makes a project" in refused.err) == (2, True)
    refused = interlock("dev", tmp_path)
    assert (refused.status, "Add --watch" in refused.err) == (2, True)
    assert not (tmp_path / "data").exists()
