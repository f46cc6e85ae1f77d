"""`interlock test --record`: what the network answers, and what comes of it, written into the files of cases.

A case is run with the real network, and then again with what was kept of its answers. What is expected is what came the
second time: so it holds no secret, and comes again as long as the code does the same. What differs between both is
neither's to promise: it is expected to be there, and no more.

Requests that a case has an answer to are not asked, and what it expects stays. `update` asks and expects anew; then
those answers stay that are a failure, which somebody wrote, and those that the file gives all its cases.
"""

import base64
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from interlock.executor import files
from interlock.executor.errors import Misused
from interlock.executor.local import case_files, concealing
from interlock.executor.local.answers import CaseNetwork
from interlock.executor.local.asking import Asking
from interlock.executor.local.case_files import Answer, Case
from interlock.executor.local.case_runs import CannotBePlayed, Played, Player, Verdict, judged
from interlock.executor.local.concealing import Concealing
from interlock.executor.local.written_cases import WrittenCase
from interlock.worker.actions import Reachable


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records cases. `secrets` are real ones, by their names: they take the place of what the cases have."""

    player: Player
    network: Reachable
    secrets: Mapping[str, str] = field(repr=False)
    update: bool = False

    async def record(self, named: Case) -> Verdict:
        """Record a case, and say how it goes offline from now on. Nothing is written where that cannot be.

        Raises Misused for a case that cannot be meant, FileRefused for a file that cannot be read or written.
        """
        began = time.perf_counter()
        # Another case of this file may have been recorded since it was read.
        text = files.read_text(named.path)
        case = next((one for one in case_files.parse(named.path, text) if one.name == named.name), None)
        if case is None:
            raise Misused("cases_invalid", f"{named.path} was changed while it was recorded.", "Record it again.")
        try:
            verdict = await self._recorded(WrittenCase(case, text))
        except CannotBePlayed as cannot:
            verdict = Verdict(case, 0, problems=cannot.args)
        return replace(verdict, took_ms=(time.perf_counter() - began) * 1_000)

    async def _recorded(self, written: WrittenCase) -> Verdict:
        case, own = written.case, self.player.secrets(written.case)
        used = self._used(case)
        hidden = Concealing([*own.values(), *used.values()])
        asking, stay = Asking(self.network), self._stay(case)
        live = await self.player.play(case, {**own, **used}, CaseNetwork(stay, hidden.url, asking))
        hidden = hidden.knowing([*asking.credentials, *_tokens(asking)])
        _check(live, asking, hidden)

        if asking.asked or self.update or not all(leg.says for leg in case.legs):
            written.secrets({name: f"{name}-of-cases" for name in used if name not in own})
        came = [(one.request, one.answer) for one in asking.asked if one.answer is not None]
        written.answers({key: stay[key] for key in case.answers if key in case.own and key in stay}, came, hidden)
        kept = await self._offline(written.case)
        if kept.statuses != live.statuses:
            raise CannotBePlayed(
                f"It is {live.statuses[-1]} with the network, and {kept.statuses[-1]} with what can be kept of its "
                "answers: it needs a token, a header or a secret that cases do not keep. Write its answers by hand.",
                *_errors(kept),
            )
        for number, (leg, now, then) in enumerate(zip(case.legs, kept.printed, live.printed, strict=False)):
            if self.update or not leg.says:
                written.expected(number, now, hidden.values(dict(then)))
        if written.changed:
            files.write_text(case.path, written.text)
        return judged(written.case, kept, 0, tuple(written.notes))

    async def _offline(self, case: Case) -> Played:
        secrets = self.player.secrets(case)
        return await self.player.play(case, secrets, CaseNetwork(case.answers, Concealing(secrets.values()).url))

    def _used(self, case: Case) -> dict[str, str]:
        """Return those of the secrets that the code names."""
        code = "\n".join(self.player.sources(case))
        return {name: value for name, value in self.secrets.items() if re.search(rf"\b{re.escape(name)}\b", code)}

    def _stay(self, case: Case) -> dict[str, Sequence[Answer]]:
        return {
            request: several
            for request, several in case.answers.items()
            if not self.update or request not in case.own or any(answer.fails for answer in several)
        }


def _tokens(asking: Asking) -> Iterator[str]:
    for one in asking.asked:
        if one.answer is not None:
            yield from concealing.tokens(one.answer.body)
            yield from concealing.tokens(one.answer.text)


def _check(live: Played, asking: Asking, hidden: Concealing) -> None:
    """Raise CannotBePlayed for what cannot be kept."""
    problems = [f"{hidden.url(request)}: {hidden.text(why)}" for request, why in asking.refused]
    problems += [
        f"{what}: this is no HTTP, and a case keeps HTTP alone. `interlock run --allow` reaches it."
        for what in live.unanswered
    ]
    refused = {request for request, _ in asking.refused}
    for one in asking.asked:
        if one.answer is None and one.request not in refused:
            problems.append(f"{hidden.url(one.request)}: no answer came before the action ended. Await it.")
        body = None if one.answer is None else one.answer.base64
        if body is not None and hidden.holds(base64.b64decode(body)):
            problems.append(f"{hidden.url(one.request)}: a secret stands in an answer that is no text.")
    if problems:
        raise CannotBePlayed("Nothing was recorded, because not all of it can be kept.", *dict.fromkeys(problems))


def _errors(played: Played) -> Iterator[str]:
    errors: list[Mapping[str, Any]] = [action["error"] for action in played.actions if action["error"]]
    yield from (f"error[{error['code']}] {error['message']}" for error in errors)
