"""Interlock as processes: what the API, workers and the one that builds are made of."""
