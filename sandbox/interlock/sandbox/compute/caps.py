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
    """Of a sandbox, for all its runs; an owner of runs has all of them but one at a time (`pool`)."""
    bytes_in: int = 32 << 20
    """All views of a call together."""
    bytes_out: int = 16 << 20
    """All bytes that a call gives. The whole result is held twice while it is handed over."""
    options_bytes: int = 64 << 10
    """The options, as JSON text."""
    piece_bytes: int = 64 << 10
    """What a compression stream takes at once, and what one is asked to give. Some bytes take a hundred times longer
    than others: three seconds a MiB, at zlib's highest levels."""
    streams: int = 256
    """Compression streams that a run has open."""
    streams_bytes: int = 64 << 20
    """What these hold, counted as what each of its kind may hold at most."""
    owner_streams_bytes: int = 128 << 20
    """The same of all runs of an owner."""
    all_streams_bytes: int = 512 << 20
    """The same of all runs of a sandbox."""
    held: int = 1_000
    """A run's asynchronous computations that were given and have not begun."""
    held_bytes: int = 32 << 20
    """What these were given."""
    results_bytes: int = 4 << 20
    """What they gave and the run has not taken: while it is more, none of them begins."""
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
    dsa_bits: int = 4_096
    """Of a DSA key, which is only verified with."""
    key_iterations: int = 100_000
    """Of an encrypted key's PBKDF2. OpenSSL writes 2,048. No other thread of the process goes on meanwhile: 30 ms."""
    key_bytes: int = 64 << 10
    """A key or certificate, PEM or DER."""
    locale_tables: int = 256
    """Tables of locales and time zones that a process keeps inflated, each at most 60 KB."""


CAPS: Final = Caps()
