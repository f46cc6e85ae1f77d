"""What worker processes are told by their environment."""

from interlock.executor.processes import children


def test_a_builder_is_told_of_no_key() -> None:
    own = {"PATH": "/bin", "INTERLOCK_KEY": "k", "INTERLOCK_KEY_FILE": "f", "INTERLOCK_KEY_COMMAND": "c"}
    assert children.environment(own, {"INTERLOCK_KEY_FILE": "made"}, keys=False) == {"PATH": "/bin"}
    assert children.environment(own, {})["INTERLOCK_KEY"] == "k"


def test_what_is_changed_replaces_the_file_that_was_named() -> None:
    own = {"INTERLOCK_REDIS_URL_FILE": "f", "INTERLOCK_API_KEY": "k"}
    assert children.environment(own, {"INTERLOCK_REDIS_URL": "unix://s"}) == {"INTERLOCK_REDIS_URL": "unix://s"}
