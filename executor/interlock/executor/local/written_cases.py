"""A case as its file is to have it: answers, what is expected, and what stands for secrets."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from pydantic import JsonValue

from interlock.executor.errors import Misused
from interlock.executor.local import case_files, json_edits
from interlock.executor.local.case_files import Answer, Case
from interlock.executor.local.case_runs import CannotBePlayed
from interlock.executor.local.concealing import Concealing

ANY: Final[JsonValue] = {"$any": True}


class WrittenCase:
    """The text of a file, as one case in it is changed. `notes` say how, each for a line of a report."""

    def __init__(self, case: Case, text: str) -> None:
        """`case` is one of those that stand in this text."""
        self.case = case
        self.text = text
        self.notes: list[str] = []
        self._before = text

    @property
    def changed(self) -> bool:
        """Whether the file is another one now."""
        return self.text != self._before

    def secrets(self, placeholders: Mapping[str, str]) -> None:
        """Give the case what stands for secrets that it has not."""
        if placeholders:
            own = json.loads(self.text)["cases"][self.case.number].get("secrets", {})
            self._set({**own, **placeholders}, "secrets")
            self.notes += [f"secrets: {value} stands for the value of {name}" for name, value in placeholders.items()]

    def answers(
        self, stay: Mapping[str, Sequence[Answer]], came: Sequence[tuple[str, Answer]], hidden: Concealing
    ) -> None:
        """Give the case these answers of its own, those that stay first, and no others."""
        answers = {request: _rows([*map(_plain, several)]) for request, several in stay.items()}
        found: dict[str, list[JsonValue]] = {}
        for asked, answer in came:
            method, _, url = asked.partition(" ")
            request = f"{method} {hidden.url(url.partition('#')[0])}"
            found.setdefault(request, []).append(_plain(_concealed(answer, hidden)))
        answers |= {request: _rows(several) for request, several in found.items()}
        if found or answers.keys() != self.case.own:
            self._set(answers, "answers")
            self.notes += [f"answers: {request}" for request in found]

    def expected(self, leg: int, came: Mapping[str, JsonValue], another_time: JsonValue) -> None:
        """Expect of a leg what came, as it is printed, but for what was another one another time."""
        outcome = _expecting(came["outcome"], another_time["outcome"] if isinstance(another_time, dict) else None)
        expected: dict[str, JsonValue] = {"status": came["status"]}
        error = _code(came)
        if error is not None:
            expected["error"] = error
        if outcome:
            expected["outcome"] = outcome
        place = ("expected",) if leg == 0 else ("continue", leg - 1, "expected")
        self._set(expected, *place)
        self.notes.append(f"{'.'.join(map(str, place))}: {came['status']}")
        if '{"$any": true}' in json.dumps(outcome):
            self.notes.append('expected: {"$any": true} stands for what was not the same with the recorded answers')

    def _set(self, value: JsonValue, *place: str | int) -> None:
        number, path = self.case.number, self.case.path
        self.text = json_edits.with_value(self.text, ["cases", number, *place], value)
        try:
            self.case = case_files.parse(path, self.text)[number]
        except Misused as refused:
            raise CannotBePlayed(f"What came cannot be written down: {refused.message}") from None


def _plain(answer: Answer) -> JsonValue:
    made = answer.model_dump(by_alias=True, exclude_unset=True, mode="json")
    usual = {"status": HTTPStatus.OK.value, "headers": {}}
    return {key: value for key, value in made.items() if key not in usual or value != usual[key]}


def _concealed(answer: Answer, hidden: Concealing) -> Answer:
    changed: dict[str, object] = {}
    if "body" in answer.model_fields_set:
        changed["body"] = hidden.document(answer.body)
    if answer.text is not None:
        changed["text"] = hidden.text(answer.text)
    headers = {name: hidden.url(value) for name, value in answer.headers.items()}
    return answer.model_copy(update=changed | {"headers": headers})


def _rows(several: list[JsonValue]) -> JsonValue:
    """The last one is for good, so it is there once."""
    while len(several) > 1 and several[-1] == several[-2]:
        several.pop()
    return several[0] if len(several) == 1 else several


def _expecting(value: JsonValue, another_time: JsonValue) -> JsonValue:
    """Return what may be expected where both of these came."""
    if isinstance(value, dict) and isinstance(another_time, dict):
        both = {key: _expecting(value[key], another_time[key]) for key in value if key in another_time}
        return {"$exactly": both} if any(key.startswith("$") for key in both) and value == another_time else both
    if isinstance(value, list) and isinstance(another_time, list) and len(value) == len(another_time):
        return [_expecting(one, other) for one, other in zip(value, another_time, strict=True)]
    return value if value == another_time and type(value) is type(another_time) else ANY


def _code(printed: Mapping[str, JsonValue]) -> JsonValue:
    actions = printed["actions"]
    for action in actions if isinstance(actions, list) else ():
        error = action.get("error") if isinstance(action, dict) else None
        if isinstance(error, dict):
            return error["code"]
    return None
