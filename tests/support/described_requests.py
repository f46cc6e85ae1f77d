"""Requests that an OpenAPI document describes, right and wrong ones, by schemathesis, and what answers are held to.

An answer is no fault of the server, has a status and a body that the document names for it, and what the document calls
wrong is refused.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, TypeAlias

import httpx
import hypothesis
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis.internal import entropy
from hypothesis.internal.conjecture import engine
from hypothesis.strategies._internal import collections, core
from schemathesis import APIOperation, Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.hypothesis import setup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

Ask: TypeAlias = Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Made: TypeAlias = Case[Any]

_CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
_CHANGED: Final = (
    (hypothesis.core, "RepresentationPrinter"),
    (hypothesis.core, "BUFFER_SIZE"),
    (engine, "BUFFER_SIZE"),
    (collections, "BUFFER_SIZE"),
    (entropy, "register_random"),
    (core, "is_first_param_referenced_in_function"),
)
# Who may not ask is the subject of other tests: every request here has a key.
_CONFIG: Final = {"generation": {"with-security-parameters": False}}


async def every_operation_answers(
    document: Mapping[str, Any], ask: Ask, examples: int, names: Mapping[str, str]
) -> int:
    """Ask for everything that a document describes, and return how many requests that were.

    Some are for what there is, by the names of path parameters, some for anything. What deletes comes last, the
    tenant's own things before the tenant. Of an answer that should not be, the smallest request is shown.
    """
    loop, asked = asyncio.get_running_loop(), 0

    def answer(case: Made) -> httpx.Response:
        nonlocal asked
        asked += 1
        return asyncio.run_coroutine_threadsafe(ask(_request(case)), loop).result()

    with _hypothesis_as_it_was():
        for operation in _operations(document):
            for how in _ways(operation, names):
                # hypothesis calls no coroutine: it has a thread, and the requests stay on the loop.
                await asyncio.to_thread(_tried, operation, how, answer, examples)
    return asked


def only(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return what a document says of paths that this expression matches."""
    return {
        **document,
        "paths": {each: methods for each, methods in document["paths"].items() if re.search(path, each)},
    }


@contextlib.contextmanager
def _hypothesis_as_it_was() -> Iterator[None]:
    """Schemathesis changes hypothesis for the whole process, which then shows nobody's failing examples any more."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in _CHANGED:
            # It is put back at the end, whatever it is by then.
            patch.setattr(module, name, getattr(module, name))
        patch.setattr(setup, "_is_patched", False, raising=False)
        yield


def _operations(document: Mapping[str, Any]) -> list[Operation]:
    schema = openapi.from_dict({**document}, config=SchemathesisConfig.from_dict({**_CONFIG}))
    found = [operation for path in schema for operation in schema[path].values()]
    return sorted(found, key=lambda each: -each.path.count("/") if each.method == "delete" else -100)


def _ways(operation: Operation, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What is asked for: what there is, anything, and what is wrong, where something can be."""
    known = {each.name: names[each.name] for each in operation.path_parameters if each.name in names}
    if known:
        yield {"path_parameters": known}
    if operation.path_parameters or not known:
        yield {}
    if len(operation.body) or len(operation.query):
        yield {"path_parameters": known or None, "generation_mode": GenerationMode.NEGATIVE}


def _tried(
    operation: Operation, how: Mapping[str, Any], answer: Callable[[Made], httpx.Response], examples: int
) -> None:
    @settings(max_examples=examples, suppress_health_check=[*HealthCheck])
    @given(operation.as_strategy(**how))
    def each(case: Made) -> None:
        case.validate_response(answer(case), checks=_CHECKS)

    each()


def _request(case: Made) -> httpx.Request:
    made = requests.Request(**case.as_transport_kwargs("http://interlock.test")).prepare()
    body: Any = made.body
    headers = {name: str(value) for name, value in made.headers.items()}
    return httpx.Request(made.method or "", made.url or "", headers=headers, content=body)
