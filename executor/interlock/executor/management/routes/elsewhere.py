"""What Interlock does not have: an empty tenant of Auth0's, as its tools take it.

Tools that ask for everything skip what they may not read, go on without an answer of 404 to nothing, and try a 5xx
again for minutes: so it is the refusal for want of a scope, to every request that has a token.
"""

import re
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from interlock.executor.management import answers
from interlock.executor.management.callers import Caller, authenticated

router = APIRouter()

_VERBS: Final = {"GET": "read", "HEAD": "read", "POST": "create", "DELETE": "delete"}
_OURS: Final = ("actions", "log-streams")
_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)


@router.api_route(
    "/{path:path}",
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    include_in_schema=False,
)
async def answer_elsewhere(request: Request, path: str, _caller: Annotated[Caller, Depends(authenticated)]) -> Response:
    """Refuse it as Auth0 does a client that lacks the scope; below what is served there is nothing else."""
    noun = path.partition("/")[0]
    if noun in _OURS:
        return answers.not_found()
    if path == "clients" and request.method == "GET" and "is_global" not in request.query_params:
        # A dry run of the deploy tool begins with it.
        return answers.document({"clients": [], "start": 0, "limit": 100, "total": 0})
    named = noun.replace("-", "_") if _WORD.fullmatch(noun) else "resource"
    scope = f"{_VERBS.get(request.method, 'update')}:{named}"
    message = f"Insufficient scope, expected any of: {scope}"
    return answers.refusal(HTTPStatus.FORBIDDEN, message, "insufficient_scope")
