"""Times as `/v1` writes them."""

from datetime import UTC, datetime


def iso(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC with milliseconds, such as 2030-01-31T12:00:00.000Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
