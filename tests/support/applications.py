"""The API's application for tests, which differ in its services alone."""

import copy
import functools
from typing import Any, cast

from fastapi import FastAPI
from starlette.datastructures import State

from interlock.executor.api import create_application


def application_with(services: Any) -> FastAPI:
    """Return it. Routes and OpenAPI are the same objects for all: making them takes longer than most tests."""
    own = copy.copy(_routes())
    own.state = State({"services": services})
    return own


@functools.cache
def _routes() -> FastAPI:
    application = create_application(cast("Any", None))
    application.openapi()
    return application
