"""Whether an address is this machine's own.

A machine's public address leads back to the machine, past the firewall in front of it: what listens there for its
neighbours alone would be open to every action. So the policy takes such an address for a special one.
"""

import socket

from interlock.worker.egress.addresses import Address
from interlock.worker.egress.decisions import Decision
from interlock.worker.egress.policy import Policy

# Any port will do: nothing is sent.
_PORT = 9


def is_own(address: Address) -> bool:
    """Return whether a connection to the address would not leave this machine. Asks the system, and sends nothing.

    A datagram socket that is "connected" has the source address that the system would use; it is the destination where
    that is the machine's own.
    """
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), _PORT))
            source: str = probe.getsockname()[0]
            return source.partition("%")[0] == str(address)
    except OSError:  # no way leads there
        return False


def decide(policy: Policy, host: str, port: int, address: Address) -> Decision:
    """Decide at the time of connecting: as `Policy.decide`, knowing whether the address is this machine's own."""
    decision = policy.decide(host, port, address)
    return policy.decide(host, port, address, own=True) if decision.allowed and is_own(address) else decision
