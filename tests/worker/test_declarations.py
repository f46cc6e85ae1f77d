"""The TypeScript declarations of the triggers, as the compiler that checks our own JavaScript reads them."""

import subprocess
from pathlib import Path

import pytest

from interlock.worker import own_triggers, triggers
from interlock.worker.triggers.declarations import declarations

ROOT = Path(__file__).parents[2]
TSC = ROOT / "node_modules" / ".bin" / "tsc"

RIGHT = """
import type {
  OnContinuePostLogin,
  OnExecuteCredentialsExchange,
  OnExecuteCustomPhoneProvider,
  OnExecutePostLogin,
} from 'interlock-actions';
import type { OnExecuteEventStream, OnExecuteClosing } from 'interlock-actions';
import { tierOf } from 'actions:crm';
export const onExecutePostLogin: OnExecutePostLogin = async (event, api) => {
  const { groups, next } = await api.groups.getUserGroups({ take: 3 });
  const names: string[] = groups.map((group) => group.name);
  api.idToken.setCustomClaim('https://example.com/groups', [...names, next, event.secrets['TIER']]);
  const cached = api.cache.get('key');
  if (cached && cached.expires_at < 0) api.cache.delete('key');
  api.refreshToken.setMetadata('note', tierOf(event.user));
  api.multifactor.enable('any', { allowRememberBrowser: false });
  if (event.user.app_metadata?.blocked) return api.access.deny('no');
};
export const onContinuePostLogin: OnContinuePostLogin = (event, api) => {
  const { sub } = api.redirect.validateToken({ secret: event.secrets['KEY'] ?? '' });
  api.user.setAppMetadata('seen', sub);
};
export const onExecuteCredentialsExchange: OnExecuteCredentialsExchange = (event, api) => {
  api.access.deny('invalid_scope', 'no');
};
export const onExecuteCustomPhoneProvider: OnExecuteCustomPhoneProvider = ({ execution }, api) => {
  if (execution.attempt > 1) api.notification.drop(execution.id);
};
export const onExecuteEventStream: OnExecuteEventStream = (event) => {
  const tried: string = `${event.execution.id} ${event.execution.attempt + 1}`;
  return tried;
};
export const onExecuteClosing: OnExecuteClosing = (event, api) =>
  api.closing.tell(event.orders?.map((order) => order.id).join() ?? event.why, 'en', { at: 1 }).closing.tell('x', 'de');
"""
OWN = {
    "closing": {
        "handlers": ["onExecuteClosing"],
        "blocking": True,
        "event": {
            "fields": [
                {"name": "why", "type": "string", "enum": ["asked", "unused"]},
                {
                    "name": "orders",
                    "type": "array of objects",
                    "optional": True,
                    "fields": [{"name": "id", "type": "string"}],
                },
            ]
        },
        "api": {
            "methods": [
                {
                    "name": "api.closing.tell",
                    "effect": "append",
                    "into": "told",
                    "chainable": True,
                    "params": [
                        {"name": "text", "type": "string", "min_chars": 1, "max_chars": 10},
                        {"name": "language", "type": "string", "enum": ["en", "de"]},
                        {"name": "more", "type": "dictionary", "optional": True},
                    ],
                }
            ]
        },
    }
}
MODULE = """
import type { PostLoginEvent } from 'interlock-actions';
export const tierOf = (user: PostLoginEvent['user']): string => `${actions.secrets['KEY']} ${user.user_id}`;
"""
WRONG = {
    "a choice that an operator did not give": (
        "OnExecuteClosing",
        "api.closing.tell('x', 'fr')",
        "Argument of type '\"fr\"' is not assignable to parameter of type",
    ),
    "a method of another trigger": (
        "OnExecuteCredentialsExchange",
        "api.idToken.setCustomClaim('a', 1)",
        "Property 'idToken' does not exist on type 'CredentialsExchangeAPI'",
    ),
    "a choice that is none": (
        "OnExecuteCredentialsExchange",
        "api.access.deny('nope')",
        "Argument of type '\"nope\"' is not assignable",
    ),
    "an argument of another type": (
        "OnExecutePostLogin",
        "api.access.deny(403)",
        "Argument of type 'number' is not assignable",
    ),
    "an argument too few": ("OnExecutePostLogin", "api.redirect.sendUserTo()", "Expected 1-2 arguments, but got 0"),
    "an attempt where there is but one": (
        "OnExecutePostLogin",
        "event.execution.attempt",
        "Property 'execution' does not exist on type 'PostLoginEvent'",
    ),
    "a field that no event has": (
        "OnExecutePostLogin",
        "event.usr.email",
        "Property 'usr' does not exist on type 'PostLoginEvent'",
    ),
    "an optional field that may be missing": (
        "OnExecutePostLogin",
        "event.session.id",
        "'event.session' is possibly 'undefined'",
    ),
    "a field of options that does not exist": (
        "OnExecutePostLogin",
        "api.multifactor.enable('any', { remember: true })",
        "'remember' does not exist in type",
    ),
}


def test_every_trigger_handler_and_method_is_declared() -> None:
    files = declarations("1.2.3", triggers.BUILT_IN)
    for trigger in triggers.BUILT_IN:
        text = files[f"{trigger.id}.d.ts"]
        assert f"export * from './{trigger.id}.js';" in files["index.d.ts"]
        for handler in trigger.handlers:
            assert f"export type {handler[0].upper()}{handler[1:]} = (" in text
        for method in trigger.methods.values():
            assert f" {method.name.split('.')[2]}(" in text
            assert method.summary
            assert f"     * {method.summary}\n" in text
        for field in trigger.event:
            assert f"  {field.name}{'?' if field.optional else ''}: " in text


def test_what_an_action_may_do_compiles_and_each_mistake_is_named(tmp_path: Path) -> None:
    for name, text in declarations("1.2.3", own_triggers.catalogue({"triggers": OWN})).items():
        path = tmp_path / "types" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "right.ts").write_text(RIGHT)
    (tmp_path / "crm.ts").write_text(MODULE)
    for number, (handler, statement, _) in enumerate(WRONG.values()):
        (tmp_path / f"wrong{number}.ts").write_text(
            f"import type {{ {handler} }} from 'interlock-actions';\n"
            f"export const handler: {handler} = (event, api) => {{ {statement}; }};\n"
        )
    (tmp_path / "tsconfig.json").write_text(
        """{"compilerOptions": {"noEmit": true, "strict": true, "target": "es2023", "lib": ["es2023"], "types": [],
        "module": "nodenext", "moduleResolution": "nodenext", "moduleDetection": "force",
        "paths": {"interlock-actions": ["./types/index.d.ts"]}}, "include": ["*.ts"]}"""
    )
    compiled = subprocess.run([TSC, "-p", tmp_path, "--pretty", "false"], capture_output=True, text=True, check=False)
    said = [line for line in compiled.stdout.splitlines() if not line.startswith(" ")]
    assert len(said) == len(WRONG), compiled.stdout
    for number, (mistake, (_, _, message)) in enumerate(WRONG.items()):
        [line] = [line for line in said if f"wrong{number}.ts(2," in line]
        assert message in line, mistake


@pytest.mark.parametrize("trigger", triggers.BUILT_IN, ids=lambda trigger: trigger.id)
def test_what_the_catalogue_has_no_word_for_is_not_declared_as_anything(trigger: triggers.Trigger) -> None:
    text = declarations("1.2.3", [trigger])[f"{trigger.id}.d.ts"]
    assert "undefined;" not in text.replace("CacheRecord | undefined;", "")
    assert "None" not in text
