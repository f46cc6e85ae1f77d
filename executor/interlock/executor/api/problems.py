"""Errors as RFC 9457 problem details: `application/problem+json` with a stable `code` and a hint what to do.

Our own errors are written for whoever asked, and hold nothing that was presented as a key or a secret. Of any other
exception only its kind is logged, and nothing is answered: its text may repeat a part of an event.
"""

import json
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from interlock.executor import errors
from interlock.executor.api import request_log
from interlock.executor.errors import ExecutorError
from interlock.secrets import errors as secret_errors
from interlock.secrets.errors import SecretsError
from interlock.worker import errors as worker_errors
from interlock.worker.errors import WorkerError

MEDIA_TYPE: Final = "application/problem+json"

# The first that fits, so the particular stands before the general.
_STATUSES: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (errors.NotAllowed, HTTPStatus.FORBIDDEN),
    (errors.NotFound, HTTPStatus.NOT_FOUND),
    (errors.NotResumed, HTTPStatus.CONFLICT),
    (errors.Conflict, HTTPStatus.CONFLICT),
    (errors.Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.RequestRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
    (worker_errors.Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (worker_errors.OutcomeTimeout, HTTPStatus.GATEWAY_TIMEOUT),
    (worker_errors.UnknownTrigger, HTTPStatus.NOT_FOUND),
    (worker_errors.WorkerError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (secret_errors.SecretNotFound, HTTPStatus.NOT_FOUND),
    (secret_errors.SecretRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (secret_errors.SecretsError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_STATUS_OF_CODE: Final = {
    "event_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "code_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "event_not_json": HTTPStatus.BAD_REQUEST,
    "key_missing": HTTPStatus.UNAUTHORIZED,
    "key_unknown": HTTPStatus.UNAUTHORIZED,
    "key_revoked": HTTPStatus.UNAUTHORIZED,
    "deadline_passed": HTTPStatus.GATEWAY_TIMEOUT,
    "outcome_timeout": HTTPStatus.GATEWAY_TIMEOUT,
    "worker_lost": HTTPStatus.BAD_GATEWAY,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "in_flight_limit": HTTPStatus.TOO_MANY_REQUESTS,
    "state_unknown": HTTPStatus.NOT_FOUND,
    "suspension_expired": HTTPStatus.GONE,
    "not_resumable": HTTPStatus.CONFLICT,
    "trigger_changed": HTTPStatus.CONFLICT,
    "trigger_not_here": HTTPStatus.SERVICE_UNAVAILABLE,
    "suspension_not_kept": HTTPStatus.SERVICE_UNAVAILABLE,
    "content_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}
_CODE_OF_STATUS: Final = {
    HTTPStatus.BAD_REQUEST: "body_not_json",
    HTTPStatus.NOT_FOUND: "no_such_route",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_TIMEOUT: "body_timeout",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
}
"""Of what the framework and `body_bound` refuse."""
_RETRY_AFTER_S: Final = 1

_log: Final = structlog.get_logger(__name__)


class Problem(BaseModel):
    """What went wrong (RFC 9457), with our `code`, which never changes once published."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = None
    execution: str | None = None
    """The execution that it is about: ask for it by its id."""


def respond(problem: Problem) -> Response:
    """Return the response for a problem."""
    headers = {}
    if problem.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    # In ASCII: a message may name a field of an event, and lone surrogates have no UTF-8.
    text = json.dumps(problem.model_dump(exclude_none=True)).encode()
    return Response(text, problem.status, headers, MEDIA_TYPE)


def install(application: FastAPI) -> None:
    """Answer every error of ours, of FastAPI's and of nobody's as a problem."""
    for kind in (ExecutorError, WorkerError, SecretsError):
        application.add_exception_handler(kind, _ours)
    application.add_exception_handler(RequestValidationError, _malformed)
    application.add_exception_handler(HTTPException, _of_the_framework)
    application.add_exception_handler(Exception, _fault)


def of(error: ExecutorError | WorkerError | SecretsError) -> Problem:
    """Return the problem that one of our errors is."""
    status = _status(error)
    if isinstance(error, secret_errors.KeysUnusable):
        # Its message is for the operator: it names keys, and where they come from.
        _log.error("keys_unusable", code=error.code, reason=error.message)
        detail = "Secrets cannot be used now. Interlock's log says why."
        return Problem(title=status.phrase, status=status, detail=detail, code=secret_errors.KeysUnusable.code)
    return Problem(
        title=status.phrase,
        status=status,
        detail=error.message,
        code=error.code,
        hint=getattr(error, "hint", None) or None,
        execution=getattr(error, "execution", None),
    )


def _status(error: Exception) -> HTTPStatus:
    by_code = _STATUS_OF_CODE.get(getattr(error, "code", ""))
    if by_code is not None:
        return by_code
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


async def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, ExecutorError | WorkerError | SecretsError):
        raise error
    problem = of(error)
    if problem.execution is not None:
        request_log.concerns(request, problem.execution)
    return respond(problem)


async def _malformed(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Where and why, never what was given: it may be a secret in the wrong place.
    detail = "; ".join(f"{_place(part['loc'])}: {part['msg']}" for part in error.errors()[:25])
    not_json = any(part["type"] == "json_invalid" for part in error.errors())
    status = HTTPStatus.BAD_REQUEST if not_json else HTTPStatus.UNPROCESSABLE_ENTITY
    code = "body_not_json" if not_json else "request_invalid"
    hint = "GET /v1/openapi.json says what the request takes"
    return respond(Problem(title=status.phrase, status=status, detail=detail, code=code, hint=hint))


async def _of_the_framework(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    code = _CODE_OF_STATUS.get(status, status.phrase.lower().replace(" ", "_"))
    hint = "GET /v1/openapi.json lists every route"
    return respond(Problem(title=status.phrase, status=status, detail=str(error.detail), code=code, hint=hint))


async def _fault(_request: Request, error: Exception) -> Response:
    _log.error("request_failed", kind=type(error).__name__)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "Interlock failed. Its log says where."
    return respond(Problem(title=status.phrase, status=status, detail=detail, code="internal_error"))


def _place(location: tuple[Any, ...]) -> str:
    return ".".join(map(str, location))
