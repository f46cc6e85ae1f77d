"""What is answered when something is refused: `{"statusCode", "error", "message", "errorCode"}`, as Auth0's clients
read it; of the token endpoint `{"error", "error_description"}`.

Never a 5xx for what is not there: clients send such a request again, for minutes.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from interlock.executor.api import problems
from interlock.executor.errors import BuildRefused, ExecutorError, TokenRefused
from interlock.secrets.errors import SecretsError
from interlock.worker.errors import WorkerError

JSON: Final = "application/json; charset=utf-8"
NOT_BUILT: Final = "The action must be in the 'built' state to be deployed."
"""Auth0's deploy tool tries again when it reads `must be in the 'built' state`, and gives up at anything else."""

# Where Auth0 has another status than `/v1`.
_STATUSES: Final = {
    HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.BAD_REQUEST,
    HTTPStatus.METHOD_NOT_ALLOWED: HTTPStatus.NOT_FOUND,
}
_REFUSED_AS_BAD: Final = frozenset({"not_deployed", "build_failed", "not_built", "version_not_built", "action_bound"})
_PARTS: Final = {"body": ("Payload", "invalid_body"), "query": ("Query", "invalid_query_string")}

_log: Final = structlog.get_logger(__name__)


class Refusal(BaseModel):
    """What is said when a request is refused."""

    model_config = ConfigDict(extra="allow")

    status: int = Field(alias="statusCode")
    error: str
    message: str
    code: str = Field(alias="errorCode")


class TokenRefusal(BaseModel):
    """The same of the token endpoint (RFC 6749, 5.2)."""

    model_config = ConfigDict(extra="forbid")

    error: str
    error_description: str


class Refused(Exception):
    """A request is refused with this answer."""

    def __init__(self, status: int, message: str, code: str, **more: object) -> None:
        super().__init__(message)
        self.answer = refusal(status, message, code, **more)


def document(content: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer of JSON. In ASCII: code may hold lone surrogates, which have no UTF-8."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode()
    return Response(text, status, dict(headers or {}), JSON)


def refusal(status: int, message: str, code: str, **more: object) -> Response:
    """Return the answer that refuses a request."""
    phrase = HTTPStatus(status).phrase
    return document({"statusCode": status, "error": phrase, "message": message, "errorCode": code, **more}, status)


def too_many() -> Response:
    """Return what is answered to who asks too often."""
    return refusal(HTTPStatus.TOO_MANY_REQUESTS, "Global limit has been reached", "too_many_requests")


def not_found() -> Response:
    """Return what is answered where nothing is."""
    return refusal(HTTPStatus.NOT_FOUND, "Not Found", "not_found")


def of_error(error: ExecutorError | WorkerError | SecretsError) -> Response:
    """Return the answer that one of our errors is."""
    if isinstance(error, TokenRefused):
        # Auth0 says why a second time, among the attributes.
        return refusal(error.status, error.message, error.code, attributes={"error": error.message})
    problem = problems.of(error)
    if isinstance(error, BuildRefused):
        # The author's code is at fault, which no `/v1` route answers so.
        return refusal(HTTPStatus.BAD_REQUEST, _sentence(error.message), error.code)
    status = _STATUSES.get(HTTPStatus(problem.status), HTTPStatus(problem.status))
    if problem.code in _REFUSED_AS_BAD:
        status = HTTPStatus.BAD_REQUEST
    message = " ".join(_sentence(text) for text in (problem.detail, problem.hint) if text)
    if problem.code == "not_built":
        message = NOT_BUILT
    answer = refusal(status, message, problem.code)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["retry-after"] = "1"
    return answer


def install(application: FastAPI) -> None:
    """Answer every error of ours, of FastAPI's and of nobody's in this form."""
    for kind in (ExecutorError, WorkerError, SecretsError):
        application.add_exception_handler(kind, _ours)
    application.add_exception_handler(Refused, _refused)
    application.add_exception_handler(RequestValidationError, _malformed)
    application.add_exception_handler(HTTPException, _of_the_framework)
    application.add_exception_handler(Exception, _fault)


async def _ours(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ExecutorError | WorkerError | SecretsError):
        raise error
    return of_error(error)


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return error.answer


async def _malformed(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Where and why, never what was given: it may be a secret in the wrong place.
    part = str(error.errors()[0]["loc"][0]) if error.errors() else "body"
    what, code = _PARTS.get(part, ("Path", "invalid_uri"))
    why = "; ".join(_wrong(each["loc"], each["msg"], each["type"]) for each in error.errors()[:25])
    return refusal(HTTPStatus.BAD_REQUEST, f"{what} validation error: '{why}'.", code)


async def _of_the_framework(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = _STATUSES.get(HTTPStatus(error.status_code), HTTPStatus(error.status_code))
    if status == HTTPStatus.NOT_FOUND:
        return not_found()
    return refusal(status, str(error.detail), status.phrase.lower().replace(" ", "_"))


async def _fault(_request: Request, error: Exception) -> Response:
    _log.error("request_failed", kind=type(error).__name__)
    return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Interlock failed. Its log says where.", "internal_error")


def _wrong(location: tuple[Any, ...], why: str, kind: str) -> str:
    place = ".".join(map(str, location[1:]))
    if kind == "extra_forbidden":
        return f"Additional properties not allowed: {place}"
    return f"{place}: {why}" if place else why


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
