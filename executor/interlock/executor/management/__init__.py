"""Auth0's Management API, as far as it concerns actions: another face of the services that `/v1` shows.

Read in this order: `faces` (which requests are these), `application`, `callers` (tokens and scopes),
`answers` (errors), `documents` (what Auth0's objects look like), `routes`.
"""

from interlock.executor.management.application import create_application
from interlock.executor.management.faces import Faces

__all__ = ["Faces", "create_application"]
