"""Secrets of tenants: this part keeps their values out of everything that people read.

`Masker` hides the values of one run in text and in JSON before either is printed or stored.
"""

from interlock.secrets.errors import SecretsError, ValueNotMaskable
from interlock.secrets.masking import JSON, MASK, SHORTEST_MASKED, Masker

__all__ = ["JSON", "MASK", "SHORTEST_MASKED", "Masker", "SecretsError", "ValueNotMaskable"]
