"""An import, step by step: read, reported, compared, asked for, secrets set, applied.

Secrets come before the change: nothing runs an action of it before it has its secrets. What that needs are drafts of
new actions, which run nowhere; they stay when the change fails, and the next try goes on with them.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path
from typing import Any, Final

import typer

from interlock.executor import auth0_files, migration, operator_triggers, output
from interlock.executor.auth0_files import Exported, Keywords
from interlock.executor.client import Client
from interlock.executor.commands import (
    asking,
    changing,
    deploying,
    differences,
    findings_report,
    secret_values,
    showing,
)
from interlock.executor.commands.secret_values import Values
from interlock.executor.commands.tenant_code import present
from interlock.executor.errors import Misused
from interlock.executor.migration import Finding, Target, planning
from interlock.executor.migration.planning import Plan, Wanted
from interlock.worker.triggers import Catalogue

_NOTHING: Final = "nothing"
"""What stands before a difference whose after is new."""
_PARTS: Final = ("code", "dependencies", "secret_names", "language", "modules")
"""What of an action or a module a draft holds."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an import was asked for with."""

    path: Path
    report_only: bool
    dry_run: bool
    build: bool | None
    secrets: Path | None
    replace_secrets: bool
    mappings: Path | None
    environment: bool
    yes: bool
    wait_s: int
    tenant: str | None
    as_json: bool


def auth0(options: Options) -> int:
    """Import an export of Auth0's deploy tool. Return the exit status."""
    environment = dict(os.environ) if options.environment else None
    words = Keywords(secret_values.mappings(options.mappings), environment)
    values = secret_values.read(options.secrets, environment)
    exported = auth0_files.read(options.path, words)
    catalogue = operator_triggers.given(None)
    if options.report_only:
        record = _reported(options, exported, catalogue, Target())
        if options.as_json:
            showing.whole(record)
        return 1 if any(each["severity"] == migration.FAILS for each in record["findings"]) else 0
    with asking.api(options.tenant) as asked:
        known = {trigger.id: trigger for trigger in catalogue}
        root = options.path if options.path.is_dir() else options.path.parent
        existing = present(asked.client, asked.tenant, planning.names(exported))
        granted = asked.client.get("tenants", asked.tenant)["limits"]
        record = _reported(options, exported, catalogue, Target(granted, planning.same_numbers(exported, existing)))
        plan = planning.plan(exported, known, existing, root)
        return _Import(options, asked.client, asked.tenant, plan, values, existing, record).go()


def _reported(options: Options, exported: Exported, catalogue: Catalogue, target: Target) -> dict[str, Any]:
    """Show what is found, but for programs, and return it as they are told."""
    found = migration.examine(exported, {trigger.id: trigger for trigger in catalogue}, target)
    if options.report_only if options.build is None else options.build:
        found = migration.ordered([*found, *_tried(exported, catalogue)])
    if not options.as_json:
        findings_report.show(exported, found)
    return {"findings": [each.record() for each in found], **_counted(exported)}


def _tried(exported: Exported, catalogue: Catalogue) -> list[Finding]:
    from interlock.executor import composition, settings  # noqa: PLC0415 - only a trial needs what builds
    from interlock.executor.migration import trial  # noqa: PLC0415
    from interlock.sandbox import Sandbox  # noqa: PLC0415
    from interlock.worker import prelude  # noqa: PLC0415

    packager = composition.packager(settings.load())
    with deploying.progress("Building ...") as tell, Sandbox.open(preludes=prelude.preludes(catalogue)) as sandbox:
        known = {trigger.id: trigger for trigger in catalogue}
        return asyncio.run(trial.build(exported, known, packager, sandbox, tell))


def _counted(exported: Exported) -> dict[str, Any]:
    return {
        "actions": [each.name for each in exported.actions],
        "modules": [each.name for each in exported.modules],
        "triggers": [each.id for each in exported.triggers],
        "not_handled": [{"kind": each.kind, "count": each.count} for each in exported.unhandled],
        "from_environment": list(exported.keywords),
    }


@dataclass(slots=True)
class _Import:
    options: Options
    client: Client
    tenant: str
    plan: Plan
    values: Values
    existing: planning.Existing
    record: dict[str, Any]

    def go(self) -> int:
        asked = self.options
        found = self.client.post("tenants", self.tenant, "releases", "diff", body=dict(self.plan.change))
        same = bool(found.get("same")) and self._shown_alike()
        given, missing = self._secrets(ask=False)
        drafts = [each for each in self.plan.drafts if self._is_new(*each)]
        self.record |= {
            "same": same and not given and not drafts,
            "difference": found,
            "secrets_given": [_called(each) for each in given],
            "secrets_missing": [_called(each) for each in missing],
        }
        if not asked.as_json:
            self._show(found, drafts)
        if asked.dry_run:
            self._missing(missing)
            return self._end(0)
        if same and not given and not drafts and not (missing and self._can_ask()):
            if not asked.as_json:
                showing.say("Nothing would change.")
            self._missing(missing)
            return self._end(0)
        if not asked.yes and not self._confirmed():
            raise _not_confirmed()
        given, missing = self._secrets(ask=True)
        self._save_drafts(drafts)
        self._set(given)
        self.record["secrets_missing"] = [_called(each) for each in missing]
        status = 0
        if not same:
            status = self._apply()
        self._missing(missing)
        return self._end(status)

    def _apply(self) -> int:
        here = ("tenants", self.tenant, "releases")
        change = changing.watched(self.client, here, self.plan.change, self.options.wait_s)
        self.record["change"] = change
        if self.options.as_json:
            return 1 if change.get("status") == "failed" else 0
        return changing.show(change, self.plan.code)

    def _shown_alike(self) -> bool:
        """Whether what is bound is called as the export calls it: a difference tells of order and versions alone."""
        for each in self.plan.change["triggers"]:
            here = ("tenants", self.tenant, "triggers", each["trigger"], "bindings")
            bound = self.client.get(*here, entity=each["entity"] or None).get("bindings") or []
            wanted = [(one["action"], one.get("display_name") or one["action"]) for one in each["actions"]]
            if [(one["action_name"], one["display_name"]) for one in bound] != wanted:
                return False
        return True

    def _is_new(self, kind: str, body: Mapping[str, Any]) -> bool:
        draft = self.existing.get((kind, body["name"]), planning.Present()).draft
        return draft is None or any(draft.get(part) != body[part] for part in _PARTS if part in body)

    def _secrets(self, *, ask: bool) -> tuple[list[tuple[Wanted, str]], list[Wanted]]:
        """Return the secrets that are to be set, with their values, and those that nobody has a value for."""
        given: list[tuple[Wanted, str]] = []
        missing: list[Wanted] = []
        for each in self.plan.secrets:
            if each.is_set and not self.options.replace_secrets:
                continue
            value = self.values.of(each)
            if value is None and not each.is_set and ask and self._can_ask():
                value = _asked(each)
            if value:
                given.append((each, value))
            elif not each.is_set:
                missing.append(each)
        return given, missing

    def _can_ask(self) -> bool:
        return not (self.options.yes or self.options.as_json) and _is_terminal()

    def _confirmed(self) -> bool:
        return self._can_ask() and typer.confirm("Import it?", err=True)

    def _save_drafts(self, drafts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        for kind, body in drafts:
            self._save_draft(kind, body)

    def _save_draft(self, kind: str, body: Mapping[str, Any]) -> None:
        here = ("tenants", self.tenant, kind)
        if self.existing.get((kind, body["name"])) is None:
            self.client.post(*here, body=dict(body))
        else:
            content = {part: body[part] for part in _PARTS if part in body}
            self.client.put(*here, str(body["name"]), "draft", body=content)

    def _set(self, given: Sequence[tuple[Wanted, str]]) -> None:
        coming = {("modules", each["name"]): each for each in self.plan.change["modules"]}
        coming |= {("actions", each["name"]): each for each in self.plan.change["actions"]}
        for owner in dict.fromkeys((each.kind, each.owner) for each, _ in given):
            if owner in coming and owner not in self.existing:
                self._save_draft(owner[0], coming[owner])
        for each, value in given:
            here = ("tenants", self.tenant, each.kind, each.owner, "secrets", each.name)
            self.client.put(*here, body={"value": value})
        if given and not self.options.as_json:
            showing.say(f"Set {len(given)} secret{'s' if len(given) > 1 else ''}.")

    def _show(self, found: Mapping[str, Any], drafts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        if self.plan.left_out:
            showing.note(f"Left out: {', '.join(self.plan.left_out)}.")
        for each in found.get("code") or []:
            if not each["same"]:
                self._show_code(each)
        for each in found.get("triggers") or []:
            if not each["same"]:
                differences.show_trigger(each)
        if found.get("same") and not self._shown_alike():
            showing.say("Names under which actions are bound would change.")
        for kind, body in drafts:
            showing.say(f"The draft of the {kind[:-1]} {body['name']} would be saved, and not deployed.")

    def _show_code(self, difference: Mapping[str, Any]) -> None:
        kind, name = str(difference["kind"]), str(difference["name"])
        if difference["before"] != _NOTHING:
            differences.show_code(difference)
            return
        _, code = self.plan.code[f"{kind}s", name]
        lines = len(code.splitlines())
        showing.say(f"{kind} {output.visible_line(name)} is new: {lines} line{'' if lines == 1 else 's'}.")

    def _missing(self, missing: Sequence[Wanted]) -> None:
        if not missing or self.options.as_json:
            return
        showing.note("These secrets have no value yet, and what reads them finds undefined:")
        for each in missing:
            option = "--action" if each.kind == planning.ACTIONS else "--module"
            showing.note(f"  interlock secrets set {each.name} {option} {_quoted(each.owner)}")

    def _end(self, status: int) -> int:
        if self.options.as_json:
            showing.whole(self.record)
        return status


def _asked(wanted: Wanted) -> str:
    try:
        return getpass(f"{_called(wanted)} (empty: later): ")
    except EOFError:
        # Nothing was sent yet.
        raise _not_confirmed() from None


def _not_confirmed() -> Misused:
    return Misused("not_confirmed", "Nothing was changed.", "Give --yes, or answer y when you are asked.")


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _called(wanted: Wanted | tuple[Wanted, str]) -> str:
    each = wanted[0] if isinstance(wanted, tuple) else wanted
    return f"{each.owner}/{each.name}" if each.kind == planning.ACTIONS else f"actions:{each.owner}/{each.name}"


def _quoted(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() else "'" + name.replace("'", "'\\''") + "'"
