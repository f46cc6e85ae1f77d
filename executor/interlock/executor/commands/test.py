"""`interlock test`: the cases of a project, run offline in the real sandbox; with `--record`, once with the network."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.executor import (
    composition,
    logs,
    network_options,
    notices,
    operator_egress,
    output,
    release_files,
    secret_options,
    settings,
)
from interlock.executor.errors import Misused
from interlock.executor.local import case_files, case_report, case_runs, local_secrets
from interlock.executor.local.case_files import Case
from interlock.executor.local.recording import Recorder
from interlock.executor.network_options import Reach
from interlock.executor.packages import Packager
from interlock.executor.release_files import ReleaseFile
from interlock.sandbox import SandboxError
from interlock.worker.triggers import Catalogue


@dataclass(frozen=True, slots=True)
class Recording:
    """How cases are recorded: with what in reach, with these options `--secret`, and whether all anew."""

    reach: Reach
    secrets: Sequence[str] = ()
    update: bool = False


def recorded(
    secrets: Sequence[str],
    allow: Sequence[str],
    resolve: Sequence[str],
    certificates: Sequence[Path],
    *,
    record: bool,
    update: bool,
) -> Recording | None:
    """Return what the options ask for. Raises Misused, and what reading a file raises."""
    if record:
        return Recording(network_options.parse(allow, resolve, certificates), secrets, update)
    if update or secrets or allow or resolve or certificates:
        raise Misused("usage", "Cases run offline, with their own secrets.", "Give --record to ask the real network.")
    return None


def test(folder: Path, wanted: str | None, catalogue: Catalogue, *, recording: Recording | None, as_json: bool) -> int:
    """Run them, or those whose name or file has `wanted` in it. Return the exit status: 1 when one failed.

    With `recording` they are run with the network, and what it answers is written into their files; the project's
    `secrets.env` has the secrets, where no option has another value.

    Raises SecretRefused, FileRefused, Misused (cases_missing, cases_invalid, release_file_missing,
    release_file_invalid).
    """
    began = time.perf_counter()
    release = release_files.read(folder)
    release.check_triggers([trigger.id for trigger in catalogue])
    cases = _chosen(folder, wanted)
    logs.configure("test", "warning", "text")
    try:
        secrets = {} if recording is None else _secrets(folder, recording)
        project, verdicts = asyncio.run(_run(release, cases, catalogue, recording, secrets))
    except SandboxError as error:
        raise Misused(error.code, error.message) from error
    seconds = time.perf_counter() - began
    if as_json:
        output.write_json(case_report.for_programs(verdicts, seconds))
    else:
        output.write(output.console(), case_report.report(verdicts, project.sources, seconds))
    return 0 if all(verdict.passed for verdict in verdicts) else 1


def _chosen(folder: Path, wanted: str | None) -> list[Case]:
    place = folder if folder.is_dir() else folder.parent
    files = case_files.found(place)
    if not files:
        raise Misused(
            "cases_missing",
            f"There are no cases in {place / case_files.FOLDER}.",
            "A case is a file there, such as login.json; docs/DEVELOPING.md shows one.",
        )
    cases = [case for path in files for case in case_files.read(path)]
    if wanted is None:
        return cases
    chosen = [case for case in cases if wanted.lower() in f"{case.path.name} {case.name}".lower()]
    if not chosen:
        raise Misused("cases_missing", f"None of the {len(cases)} cases has {wanted!r} in its name or its file's.")
    return chosen


def _secrets(folder: Path, recording: Recording) -> dict[str, str]:
    place = folder if folder.is_dir() else folder.parent
    return {**local_secrets.read(place), **secret_options.parse(recording.secrets)}


async def _run(
    release: ReleaseFile,
    cases: Sequence[Case],
    catalogue: Catalogue,
    recording: Recording | None,
    secrets: Mapping[str, str],
) -> tuple[case_runs.Project, list[case_runs.Verdict]]:
    def packager() -> Packager:
        return composition.packager(settings.load())

    with notices.when_slow("Installing and bundling packages: some seconds, and once for the same packages."):
        project = await case_runs.build(release, packager)
    async with contextlib.AsyncExitStack() as stack:
        # The notice is about opening alone: cases that take long are the author's own affair.
        with notices.when_slow(notices.PREPARING):
            runners = stack.enter_context(composition.open_runners(catalogue))
        if recording is None:
            return project, await case_runs.run(project, cases, catalogue, runners)
        deny = operator_egress.of(settings.load()).deny
        network = await stack.enter_async_context(composition.open_network(recording.reach, deny))
        player = case_runs.Player(project, catalogue, runners)
        recorder = Recorder(player, network, secrets, recording.update)
        return project, [await recorder.record(case) for case in cases]
