"""`/v1` over HTTP: requests read, who asks made certain, what the service answers written. Nothing is decided here."""

from interlock.executor.api.application import create_application

__all__ = ["create_application"]
