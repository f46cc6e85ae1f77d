"""Edited code of an action that ran, built as its version was: with the packages of that version's lock, and the very
versions of modules that are in it. What was installed before is found by the lock: no registry is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from interlock.executor import projects
from interlock.executor.client import Client
from interlock.executor.errors import ApiFailed, Misused
from interlock.executor.packages import Packager, Source, dependencies, languages, locks
from interlock.executor.projects import Project
from interlock.worker import Action
from interlock.worker.modules import NO_PLACES, Module, Script, required


class Stored:
    """The version of an action that an execution ran, asked of the API once it is needed."""

    def __init__(self, client: Client, tenant: str, execution: Mapping[str, Any], action: str) -> None:
        """`execution` as the API shows it."""
        self._client = client
        self._tenant = tenant
        self._execution = execution
        self._action = action
        self._read: Mapping[str, Any] | None = None

    def project(self, source: str, own: Project) -> Project:
        """Return the packages of edited code: those it names itself, or the version's, by its lock where they are the
        same. Raises ApiFailed.
        """
        if not projects.needs(source) or (own.lock is not None):
            return own
        try:
            version = self._version()
        except ApiFailed as failed:
            # The action is gone, or its version was one of too many; what needs neither goes on.
            if failed.code != "not_found" or required(source):
                raise
            return own
        named = dependencies.read(version.get("dependencies") or ())
        if own.dependencies and sorted(own.dependencies) != sorted(named):
            return own
        return Project(named, locks.stored(version.get("lock")))

    async def modules(self, source: str, packager: Packager) -> dict[str, Module]:
        """Return the modules that edited code asks for, in the versions that ran.

        Raises Misused for one that did not run, ApiFailed, BuildRefused and BuildUnavailable.
        """
        names = required(source)
        if not names:
            return {}
        there = {str(each["name"]): each for each in self._version().get("modules") or ()}
        return {name: await self._module(name, there, packager) for name in names}

    async def _module(self, name: str, there: Mapping[str, Mapping[str, Any]], packager: Packager) -> Module:
        if name not in there:
            ran = f"It had {', '.join(there)}." if there else "It had none."
            raise Misused(
                "module_not_there", f"The action ran without the module {name}. {ran}", "Deploy it, and run an event."
            )
        pinned = there[name]
        place = ("tenants", self._tenant, "modules", str(pinned["id"]), "versions", str(pinned["number"]))
        version = self._client.get(*place)
        source = Source(
            str(version["code"]),
            languages.known(str(version.get("language", languages.JAVASCRIPT))),
            dependencies.read(version.get("dependencies") or ()),
            locks.stored(version.get("lock")),
            is_module=True,
        )
        made = await packager.package(source, lambda _line: None)
        return Module(name, Script(made.code, made.source_map or NO_PLACES), source.language)

    def _version(self) -> Mapping[str, Any]:
        if self._read is None:
            of, entity = self._execution, str(self._execution.get("entity") or "")
            release = self._client.get(
                *("tenants", self._tenant, "triggers", str(of["trigger"]), "releases", str(of["release"])),
                entity=entity or None,
            )
            entries: Sequence[Mapping[str, Any]] = release.get("actions") or ()
            found = [each for each in entries if each.get("action_name") == self._action]
            if len(found) != 1:
                names = ", ".join(str(each.get("action_name")) for each in entries)
                raise Misused(
                    "usage", f"The execution ran no action {self._action!r}, but {names}.", "Name one of these."
                )
            place = ("tenants", self._tenant, "actions", str(found[0]["action_id"]))
            self._read = self._client.get(*place, "versions", str(found[0]["version_number"]))
        return self._read


async def built(action: Action, path: Path, own: Project, stored: Stored, packager: Packager) -> Action:
    """Return edited code as it runs. Raises as `Stored` and `projects.packaged`."""
    project = stored.project(action.source, own)
    modules = await stored.modules(action.source, packager)
    if (
        not modules
        and not project.dependencies
        and not languages.must_be_bundled(action.source, languages.of_file(path.suffix))
    ):
        return action
    made = await projects.packaged(action, path, project, packager, modules)
    return replace(action, source=made.source, source_map=made.source_map)
