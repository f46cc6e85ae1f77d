"""The errors of `interlock.executor`: why a command or a request was not carried out.

ExecutorError        base: `code` is stable, the message says what is wrong, `hint` what to do
├── FileRefused      file_not_found, file_is_folder, file_unreadable, file_not_text, file_too_large, file_in_the_way
├── ExportRefused    export_missing, export_invalid, export_unsafe, export_too_large, keyword_unresolved
├── SecretRefused    secret_syntax, secret_repeated, too_many_secrets
├── OutputUnwritable output_unwritable
├── SettingsRefused  settings_invalid
├── NotAllowed       who asks may not: key_missing, key_unknown, key_revoked; other_tenant, operator_only,
│                    scope_missing, scope_exceeded, limit_not_granted, egress_not_granted
├── NotReady         unavailable, deadline_passed, outcome_timeout, worker_lost, ...: no outcome, and why
├── NotResumed       state_unknown, suspension_expired, already_resumed, not_suspended, other_trigger
├── TokenRefused     a token is not granted or not taken: OAuth's own codes, and invalid_token
├── RequestRefused   request_invalid, content_type: what was sent is not what the route takes
├── ApiFailed        api_unavailable, api_unreadable, api_redirects; and the codes of the problems that the API answers
├── NotStarted       a process cannot begin: data_folder_unusable, data_folder_in_use, address_in_use, address_unusable,
│                    tls_unusable; and the codes of worker, sandbox and secrets, such as kek_missing
├── EmbeddedFailed   valkey_missing, valkey_folder_in_use, valkey_not_started
├── BuildRefused     an action cannot be built: dependency_refused, package_not_found, package_version_not_found,
│                    package_conflict, native_addon, packages_too_large, too_many_packages, install_failed,
│                    install_timeout, lock_invalid, syntax_error, import_unresolved, import_outside,
│                    import_unsupported, module_unresolved, bundle_failed, bundle_too_large, bundle_timeout
├── BuildUnavailable what builds cannot be used here: npm_missing, esbuild_missing, cache_unusable, trigger_unknown,
│                    registry_unavailable
├── Misused          usage, no_resume_handler, release_file_invalid, release_file_missing, cases_missing, cases_invalid,
│                    not_confirmed, secrets_file_invalid, mappings_invalid; and the codes of worker and sandbox, when
│                    they refuse what they are given
└── StoreError       what the store refuses
    ├── NotFound     not_found
    ├── Conflict     already_exists, conflict, draft_changed, release_changed, secret_changed, not_deployed, not_built,
    │                deploy_in_progress, action_bound, action_deleted, last_operator_key, execution_ended,
    │                execution_awaited, execution_not_dead, not_recorded, replay_failed, too_many_tails, version_made,
    │                canary_on, canary_changed, module_used, version_removed, trigger_removed
    ├── Invalid      invalid_value, bound_twice, wrong_trigger, deployed_twice, database_url, name_invalid,
    │                code_too_large, dependency_invalid, egress_invalid, limit_unknown, limit_out_of_range,
    │                named_twice, trigger_missing, actions_limit, modules_limit, bound_limit, dependencies_limit,
    │                modules_per_action_limit, module_version_unusable, domain_invalid, public_key_invalid
    ├── KeyReused    idempotency_mismatch
    ├── Unavailable  store_unavailable, store_busy, keys_unavailable
    └── WrongSchema  schema_missing, schema_older, schema_newer, not_ours

What an action does wrong is none of these: it is a result with the status `failed`.
"""

import contextlib
from collections.abc import Iterator


class ExecutorError(Exception):
    """Base of all errors of this part. `code` never changes once published."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class FileRefused(ExecutorError):
    """A file that was named cannot be read as what it should be."""


class ExportRefused(ExecutorError):
    """An export of Auth0's deploy tool cannot be read as one, or is unsafe to read. The message repeats no value."""


class SecretRefused(ExecutorError):
    """A secret is not NAME=VALUE, or breaks a limit. The message never holds what was given: it may be a secret."""


class OutputUnwritable(ExecutorError):
    """What came of the command cannot be written: the disk is full, say."""


class Misused(ExecutorError):
    """The command was called in a way that cannot work."""


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Raise `OutputUnwritable` when what is written inside cannot be; a reader that went away is left to the caller."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputUnwritable("output_unwritable", f"The output cannot be written: {error.strerror}.") from error


class StoreError(ExecutorError):
    """Base of what the store refuses. A transaction that raises one has changed nothing."""


class NotFound(StoreError):
    """There is no such thing, or it belongs to another tenant: the two cannot be told apart from outside."""

    def __init__(self, noun: str, name: object = None) -> None:
        super().__init__(
            "not_found", f"there is no such {noun}" if name is None else f"there is no {noun} {str(name)!r}"
        )
        self.noun = noun


class Conflict(StoreError):
    """What was asked does not fit the present state, often because somebody else was first."""


class Invalid(StoreError):
    """What was given can never be stored."""


class KeyReused(StoreError):
    """An idempotency key came again with another body."""


class Unavailable(StoreError):
    """The database cannot be reached or is too busy; the same may work in a moment."""


class WrongSchema(StoreError):
    """The database's tables are not those this version of Interlock works with."""


class SettingsRefused(ExecutorError):
    """Settings are wrong or contradict each other. The message names them and repeats no value."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("settings_invalid", message, hint)


class BuildRefused(ExecutorError):
    """An action's code and packages cannot become what runs. `line` and `column` are the author's, where there is one.

    The message may repeat names of packages and what the author wrote, never an address or a setting of this machine.
    """

    def __init__(
        self, code: str, message: str, hint: str = "", *, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(code, message, hint)
        self.line = line
        self.column = column


class BuildUnavailable(ExecutorError):
    """What builds packages cannot be used here, which is the operator's affair."""


class NotAllowed(ExecutorError):
    """Who asks is not known, or may not do this. The message never holds what was presented: it may be a key."""


class TokenRefused(ExecutorError):
    """A client gets no token, or a token counts for nothing. The message never holds what was presented as a secret.

    `status` is that of the answer: Auth0's clients go by it.
    """

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(code, message)
        self.status = status


class RequestRefused(ExecutorError):
    """What was sent is not what the route takes. The message never repeats it."""


class NotReady(ExecutorError):
    """An event has no outcome that could be given now. `execution` is the id of its execution, if it has one."""

    def __init__(self, code: str, message: str, hint: str = "", execution: str | None = None) -> None:
        super().__init__(code, message, hint)
        self.execution = execution


class NotResumed(ExecutorError):
    """A suspended flow cannot be gone on with. `execution` is the id of the one that did, if one did."""

    def __init__(self, code: str, message: str, hint: str = "", execution: str | None = None) -> None:
        super().__init__(code, message, hint)
        self.execution = execution


class NotStarted(ExecutorError):
    """A process cannot begin its work with what it was given. Nothing listens, and nothing was taken."""


class EmbeddedFailed(ExecutorError):
    """A server that Interlock brings along cannot run."""


class ApiFailed(ExecutorError):
    """The API refused what a command asked, or did not answer. `execution` is the id of the execution it is about."""

    def __init__(self, code: str, message: str, hint: str = "", execution: str | None = None) -> None:
        super().__init__(code, message, hint)
        self.execution = execution
