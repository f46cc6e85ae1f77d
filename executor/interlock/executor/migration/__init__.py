"""Moving a tenant of Auth0's: what of its actions will behave differently, and what Interlock is asked for.

Nothing here runs an author's code: it is parsed, and said what is found, with the line. `trial` builds it, in the
sandbox, where somebody asks for that.
"""

from interlock.executor.migration.examining import examine
from interlock.executor.migration.findings import DIFFERS, FAILS, NOTE, SEVERITIES, Finding, ordered
from interlock.executor.migration.target import Target

__all__ = ["DIFFERS", "FAILS", "NOTE", "SEVERITIES", "Finding", "Target", "examine", "ordered"]
