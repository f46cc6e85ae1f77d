"""What every Python peer shares: it reads what to run from standard input, and prints answer and times as JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable

Run = Callable[[str, str], str]
"""One run in a fresh world: the script and the event as text, the answer as JSON text."""


def main(run: Run, version: str) -> None:
    """Warms up, measures, and prints {"version", "answer", "times_ns", "rss_bytes"}."""
    task = json.load(sys.stdin)
    script, event = task["script"], task["event"]
    answer = run(script, event)
    for _ in range(task["warm_up"]):
        run(script, event)
    clock, times = time.perf_counter_ns, []
    for _ in range(task["runs"]):
        before = clock()
        run(script, event)
        times.append(clock() - before)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    json.dump({"version": version, "answer": json.loads(answer), "times_ns": times, "rss_bytes": rss}, sys.stdout)
