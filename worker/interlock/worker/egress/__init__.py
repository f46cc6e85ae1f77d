"""Egress: what an action may reach, decided on the resolved address at the moment of connecting."""

from interlock.worker.egress.policy import Decision, Policy

__all__ = ["Decision", "Policy"]
