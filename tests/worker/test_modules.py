"""Modules of an action, in the real sandbox: what they give, what they see, and what stacks say."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.packages import Packager, Source, open_packager
from interlock.sandbox import Sandbox
from interlock.worker import Action, SandboxRunner, events, modules, run_flow, simulated_event, triggers
from interlock.worker.modules import Module, Script, Used
from npm_registry import ESBUILD

TRIGGER = triggers.BUILT_IN.get("post-login")
CRM = """\
exports.greet = (name) => `${name}:${actions.secrets.KEY}`;
exports.fail = () => {
  throw new TypeError('no way');
};
"""
EAGER = "const key = actions.secrets.KEY;\nif (!key) throw new Error('no key');\nexports.key = () => key;\n"


@pytest.fixture(scope="module")
def packager(tmp_path_factory: pytest.TempPathFactory) -> Packager:
    return open_packager(folder=tmp_path_factory.mktemp("builds"), environment={}, esbuild=Path(ESBUILD))


def joined(packager: Packager, code: str, **made: str) -> Action:
    """An action with modules, as a build makes it."""

    async def package() -> Action:
        parts = []
        for name, text in made.items():
            done = await packager.package(Source(text, "javascript", is_module=True), lambda _line: None)
            parts.append(Module(name, Script(done.code, str(done.source_map))))
        source = Source(f"exports.onExecutePostLogin = async (event, api) => {{\n{code}\n}};\n", "javascript")
        whole = await packager.package(Source(source.code, "javascript", modules=tuple(parts)), lambda _line: None)
        uses = tuple(Used(name, f"mod_{name}") for name in made)
        return Action("act", whole.code, "act.js", source_map=whole.source_map, modules=uses)

    return asyncio.run(package())


def run(sandbox: Sandbox, action: Action, secrets: Mapping[str, Mapping[str, str]]) -> Any:
    event = events.accept(simulated_event(TRIGGER), TRIGGER).event
    runner = SandboxRunner(sandbox, module_secrets={"act": secrets})
    hidden = [value for each in secrets.values() for value in each.values()]
    return asyncio.run(run_flow(TRIGGER, event, [action], runner, hidden=hidden))


def claims(result: Any) -> Any:
    assert result.status == "completed", result.outcome
    return result.outcome["id_token"]["claims"]


def test_a_module_sees_its_own_secrets_and_no_others(api_sandbox: Sandbox, packager: Packager) -> None:
    code = """
    const { greet } = require('actions:crm');
    api.idToken.setCustomClaim('crm', greet('ada'));
    api.idToken.setCustomClaim('mail', require('actions:mail').names());
    api.idToken.setCustomClaim('own', JSON.stringify(event.secrets));
    api.idToken.setCustomClaim('reach', [typeof actions, typeof globalThis.$interlockModules].join());
    """
    mail = "exports.names = () => Object.keys(actions.secrets).join();"
    action = joined(packager, code, crm=CRM, mail=mail)
    result = run(api_sandbox, action, {"crm": {"KEY": "crm-key"}, "mail": {"SMTP": "smtp-key"}})
    assert claims(result) == {"crm": "ada:crm-key", "mail": "SMTP", "own": "{}", "reach": "undefined,undefined"}
    assert "crm-key" not in json.dumps(result.printable())


def test_each_run_has_the_secrets_of_its_time(api_sandbox: Sandbox, packager: Packager) -> None:
    action = joined(packager, "api.idToken.setCustomClaim('crm', require('actions:crm').greet('a'))", crm=CRM)
    for value in ("old-key", "new-key"):
        assert claims(run(api_sandbox, action, {"crm": {"KEY": value}})) == {"crm": f"a:{value}"}


def test_code_that_reads_a_secret_when_it_is_loaded_is_evaluated_when_a_run_begins(
    api_sandbox: Sandbox, packager: Packager
) -> None:
    action = joined(packager, "api.idToken.setCustomClaim('key', require('actions:eager').key())", eager=EAGER)
    for value in ("old-key", "new-key"):
        assert claims(run(api_sandbox, action, {"eager": {"KEY": value}})) == {"key": value}
    result = run(api_sandbox, action, {"eager": {}})
    assert result.outcome["error"]["message"] == "no key"


def test_stacks_name_the_modules_file_and_line(api_sandbox: Sandbox, packager: Packager) -> None:
    result = run(api_sandbox, joined(packager, "\nrequire('actions:crm').fail()", crm=CRM), {})
    assert result.outcome["error"]["stack"].splitlines() == [
        "TypeError: no way",
        "    at <anonymous> (actions:crm.js:3:13)",
        "    at <anonymous> (act.js:3:24)",
    ]


def test_a_module_is_evaluated_once_and_only_when_it_is_required(api_sandbox: Sandbox, packager: Packager) -> None:
    counting = "globalThis.count = (globalThis.count ?? 0) + 1; exports.count = () => globalThis.count;"
    code = """
    api.idToken.setCustomClaim('before', String(globalThis.count));
    require('actions:counting');
    api.idToken.setCustomClaim('after', require('actions:counting').count());
    """
    assert claims(run(api_sandbox, joined(packager, code, counting=counting), {})) == {
        "before": "undefined",
        "after": 1,
    }


def test_what_a_module_cannot_give_is_an_error_that_names_it(api_sandbox: Sandbox, packager: Packager) -> None:
    # What only a run can know is asked of the guest's own `require`.
    result = run(
        api_sandbox, joined(packager, "require(['actions', 'other'].join(':')); require('actions:crm')", crm=CRM), {}
    )
    assert "Cannot find module 'actions:other'" in result.outcome["error"]["message"]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("require('actions:crm'); require( \"actions:mail\" ); require('actions:crm')", ["crm", "mail"]),
        ("import crm from 'actions:crm'; export { a } from 'actions:b'; await import(`actions:c`)", ["crm", "b", "c"]),
        ("import 'actions:only'", ["only"]),
        ("require('axios'); const actions = 1; // actions: none", []),
    ],
)
def test_the_modules_of_an_action_are_seen_in_its_text(code: str, names: list[str]) -> None:
    assert modules.required(code) == names
