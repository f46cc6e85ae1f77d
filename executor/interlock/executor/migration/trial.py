"""A trial: each action and module packaged and loaded once, as a build would, and what stops one.

Packages come through the registry that is set here; the top level of what is built runs in the sandbox, without a
network, as it does in every build.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from interlock.executor import stack_names
from interlock.executor.auth0_files import Action, Exported, Place
from interlock.executor.auth0_files import Module as ModuleFile
from interlock.executor.builds import build_log
from interlock.executor.errors import BuildRefused, Invalid
from interlock.executor.migration import findings
from interlock.executor.migration.examining import Triggers
from interlock.executor.migration.findings import Finding
from interlock.executor.packages import Packaged, Packager, Source, dependencies, languages
from interlock.sandbox import Limits, LoadFailed, Sandbox
from interlock.worker import Action as RunAction
from interlock.worker import images
from interlock.worker.actions import INPUT_BYTES
from interlock.worker.modules import NO_PLACES, PREFIX, Module, Script, joined, required
from interlock.worker.triggers import Trigger

Tell = Callable[[str], None]


async def build(
    exported: Exported, triggers: Triggers, packager: Packager, sandbox: Sandbox, tell: Tell
) -> list[Finding]:
    """Return why what cannot be built cannot. Raises BuildUnavailable when nothing can be built here at all."""
    found: list[Finding] = []
    made: dict[str, Module] = {}
    any_trigger = next(iter(triggers.values()))
    for module in exported.modules:
        tell(f"Building the module {module.name} ...")
        try:
            done = await _packaged(module, packager, {})
            part = Module(module.name, Script(done.code, done.source_map or NO_PLACES), module.language)
            found += await _load(module, _alone(part, any_trigger), any_trigger, sandbox)
            made[module.name] = part
        except (BuildRefused, Invalid) as refused:
            found.append(_refused(module, refused))
    for action in exported.actions:
        trigger = triggers.get(action.triggers[0].id)
        if trigger is None or not made.keys() >= set(required(action.code)):
            continue
        tell(f"Building the action {action.name} ...")
        try:
            done = await _packaged(action, packager, made)
            filename = stack_names.of_action(action.name, action.language)
            loadable = RunAction(action.name, done.code, filename, source_map=done.source_map)
            found += await _load(action, loadable, trigger, sandbox)
        except (BuildRefused, Invalid) as refused:
            found.append(_refused(action, refused))
    return found


async def _packaged(code: Action | ModuleFile, packager: Packager, modules: Mapping[str, Module]) -> Packaged:
    named = dependencies.read([{"name": each.name, "version": each.version} for each in code.dependencies])
    source = Source(
        code=code.code,
        language=languages.known(code.language),
        dependencies=named,
        remembered=True,
        modules=tuple(modules[name] for name in required(code.code) if name in modules),
        is_module=isinstance(code, ModuleFile),
    )
    return await packager.package(source, lambda _line: None) if source.is_bundled else Packaged(code.code)


async def _load(code: Action | ModuleFile, loadable: RunAction, trigger: Trigger, sandbox: Sandbox) -> list[Finding]:
    try:
        await images.load(sandbox, loadable, trigger, replace(Limits(), input_bytes=INPUT_BYTES), None)
    except LoadFailed as failed:
        mapped = build_log.mapped(failed.error, loadable.filename, loadable.source_map)
        error = build_log.error(mapped, loadable.filename)
        return [_finding(code, error, "Its top level was run once, as in every build.")]
    return []


def _alone(module: Module, trigger: Trigger) -> RunAction:
    stub = f"require({json.dumps(PREFIX + module.name)});exports.{trigger.handlers[0]}=()=>{{}}"
    whole = joined(Script(stub, NO_PLACES), [module], alone=True)
    filename = stack_names.of_action(module.name, module.language)
    return RunAction(module.name, whole.code, filename, source_map=whole.table)


def _refused(code: Action | ModuleFile, refused: BuildRefused | Invalid) -> Finding:
    error = {**build_log.refusal(refused), "msg": refused.message}
    return _finding(code, error, refused.hint or "docs/BUILDS.md says what a build does.")


def _finding(code: Action | ModuleFile, error: Mapping[str, Any], advice: str) -> Finding:
    kind = "action" if isinstance(code, Action) else "module"
    place = Place(code.file or code.place.file, error["line"] or 1)
    message = f"It does not build: {error['msg']}"
    return Finding(findings.FAILS, str(error["id"]), message, advice, place, error["column"], kind, code.name)
