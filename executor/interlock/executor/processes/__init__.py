"""Interlock as processes: the API, workers and the one that builds, and `dev`, which is all of them for one machine."""
