"""The job of the other side: it does nothing."""


def nothing() -> int:
    return 1
