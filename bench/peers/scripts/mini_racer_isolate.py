"""`mini-racer`: V8, a new isolate with one context a run."""

from importlib.metadata import version

import loop
from py_mini_racer import MiniRacer


def run(script: str, event: str) -> str:
    isolate = MiniRacer()
    isolate.eval(script)
    # An evaluation runs the microtasks it leaves, so the answer is there at the next one.
    isolate.eval(f"run({event}); 0")
    answer = isolate.eval("JSON.stringify(out)")
    isolate.close()
    return answer


loop.main(run, f"mini-racer {version('mini-racer')}")
