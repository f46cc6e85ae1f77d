"""The clock of the slices: moves the engine's epoch on while guests run, and sleeps when none has for a while."""

import threading
import time
from typing import Final, Self

from interlock.sandbox.bindings import Engine

SLICE_SECONDS: Final = 0.002
_REST_AFTER_SECONDS: Final = 0.5


class Ticker:
    """A context manager. Its thread never enters wasm and holds the interpreter lock for microseconds a tick."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._wanted_until = 0.0
        self._resting = False
        self._wake = threading.Event()
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="interlock-ticker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self._wake.set()
        self._thread.join()

    @property
    def stopped(self) -> bool:
        """Nothing makes a guest give way any more."""
        return self._stop

    def want(self, now: float) -> None:
        """Keeps ticking for a while from `now` (seconds of `time.monotonic`). Cheap: called before every slice."""
        self._wanted_until = now + _REST_AFTER_SECONDS
        if self._resting:
            self._wake.set()

    def _run(self) -> None:
        while not self._stop:
            if time.monotonic() > self._wanted_until:
                self._rest()
            time.sleep(SLICE_SECONDS)
            self._engine.tick()

    def _rest(self) -> None:
        self._wake.clear()
        self._resting = True
        # Asked once more after the flag is up, so that a wish between the two is not slept through.
        if time.monotonic() > self._wanted_until and not self._stop:
            self._wake.wait()
        self._resting = False
