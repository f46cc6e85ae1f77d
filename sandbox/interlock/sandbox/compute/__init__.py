"""Pure computations for the guest: hashes, ciphers, signatures, keys, compression; each bounded in size and in work.

One table of functions (`registry`), one of caps (`caps`). They are reached in two ways: synchronously through the
engine's one import (`channel`), and as the host operation `compute` (`performing`). What is estimated to take longer
than a slice is computed on a thread (`pool`) either way, and counts as the run's CPU time either way. Nothing is kept
from one call to the next but what a run has at its desk (`desk`): compression streams, and what is computed later.
"""

from interlock.sandbox.compute.caps import CAPS, Caps
from interlock.sandbox.compute.channel import Channel
from interlock.sandbox.compute.desk import Desk
from interlock.sandbox.compute.performing import Performer
from interlock.sandbox.compute.pool import Pool
from interlock.sandbox.compute.streams import Budget

__all__ = ["CAPS", "Budget", "Caps", "Channel", "Desk", "Performer", "Pool"]
