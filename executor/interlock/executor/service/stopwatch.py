"""Where the time of one request goes, by named parts: what its answer says in `Server-Timing`."""

import time
from collections.abc import Callable, Iterable


class Stopwatch:
    """Runs from when it is made; each lap ends one part and begins the next."""

    def __init__(self, now_ns: Callable[[], int] = time.perf_counter_ns) -> None:
        """Begin. `now_ns` gives nanoseconds since any moment."""
        self._now_ns = now_ns
        self._at = now_ns()
        self.took_us: dict[str, int] = {}
        """Microseconds, by part."""

    def lap(self, part: str, within: Iterable[tuple[str, int]] = ()) -> None:
        """End a part. `within`: parts of it that somebody else measured in microseconds, which are told apart."""
        now = self._now_ns()
        inner: dict[str, int] = dict(within)
        self.took_us[part] = max(0, (now - self._at) // 1_000 - sum(inner.values()))
        self.took_us.update(inner)
        self._at = now
