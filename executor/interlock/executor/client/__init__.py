"""The commands' way to `/v1`: where it is and with which key, requests and answers, its problems as our errors."""

from interlock.executor.client.access import Access, find
from interlock.executor.client.client import Client, Found, Record

__all__ = ["Access", "Client", "Found", "Record", "find"]
