"""Pure computations for the guest: hashes, ciphers, signatures, keys, compression; each bounded in size and in work.

One table of functions (`registry`), one of caps (`caps`). They are reached in two ways: synchronously through the
engine's one import (`channel`), and as the host operation `compute` (`performing`). What is estimated to take longer
than a slice is computed on a thread (`pool`) either way, and counts as the run's CPU time either way.
"""

from interlock.sandbox.compute.caps import CAPS, Caps
from interlock.sandbox.compute.channel import Channel, Desk
from interlock.sandbox.compute.performing import Performer
from interlock.sandbox.compute.pool import Pool

__all__ = ["CAPS", "Caps", "Channel", "Desk", "Performer", "Pool"]
