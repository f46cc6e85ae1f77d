"""Builds: a version's code becomes what runs, or says why it cannot.

    POST .../deploy ──► version row (pending) ──► queue `builds` ──► Builder ──► VersionLog: built, in force | failed

A builder holds no key: it loads the code in the sandbox, where no secret is, and nowhere else. What has no job, because
Redis was away or lost everything, `sweep` finds.
"""

from interlock.executor.builds.builder import Builder
from interlock.executor.builds.jobs import message_of
from interlock.executor.builds.sweep import sweep
from interlock.executor.builds.version_log import VersionLog

__all__ = ["Builder", "VersionLog", "message_of", "sweep"]
