"""Routes of the management API, one subject a module."""
