"""Every cap on a computation in one table: what one call may read, write and work. Above it: `work_limit`.

A run's time is bounded by its CPU limit, which computing counts towards. But no computation can be stopped once it has
begun, so these keep each one below about a second, and what the host holds for it below 200 MB.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Caps:
    """What one computation may use."""

    inline_us: int = 1_500
    """Estimated work up to this is done on the spot, while the event loop waits: less than a guest's slice. More of it
    is done on a thread, and the guest's fibre waits for it."""
    threads: int = 2
    """Of a sandbox, for all its runs; one run has at most one asynchronous computation on them at a time."""
    bytes_in: int = 32 << 20
    """All views of a call together."""
    bytes_out: int = 16 << 20
    """All bytes that a call gives. The whole result is held twice while it is handed over."""
    options_bytes: int = 64 << 10
    """The options, as JSON text."""
    compressing_ms: int = 1_000
    """Thread time of one compression, looked at every 64 KiB: some bytes take a hundred times longer than others."""
    iterations: int = 2_000_000
    """PBKDF2: iterations times the blocks that the output needs. About a second with SHA-512. OWASP asks for 600,000 of
    SHA-256 (Password Storage Cheat Sheet), Django for 1,200,000."""
    derived_bytes: int = 1 << 20
    """What one call of PBKDF2 or scrypt may give; HKDF has a limit of its own (RFC 5869, 2.3)."""
    derived_hashed_bytes: int = 128 << 20
    """What a key derivation may hash beside its iterations: its salt or info, once for each block of output. 0.4 s."""
    wrapped_bytes: int = 64 << 10
    """AES Key Wrap is for keys; it reads its input six times, and no other thread of the process goes on meanwhile."""
    scrypt_bytes: int = 64 << 20
    """128 N r. Node's own default is 32 MiB."""
    scrypt_work: int = 1 << 20
    """N r p, which the time follows. Node's default of N = 16384, r = 8, p = 1 is an eighth of it, in 45 ms."""
    rsa_bits: int = 8_192
    """Of a key that is used."""
    rsa_exponent_bits: int = 256
    """Of a public exponent, which a verification's time follows (FIPS 186-5, 5.1: less than 2^256)."""
    rsa_generated_bits: int = 4_096
    """Of a key that is made: half a second on average."""
    dh_bits: int = 4_096
    """Of a Diffie-Hellman group."""
    key_iterations: int = 100_000
    """Of an encrypted key's PBKDF2. OpenSSL writes 2,048. No other thread of the process goes on meanwhile: 30 ms."""
    key_bytes: int = 64 << 10
    """A key or certificate, PEM or DER."""
    locale_tables: int = 256
    """Tables of locales and time zones that a process keeps inflated, each at most 60 KB."""


CAPS: Final = Caps()
