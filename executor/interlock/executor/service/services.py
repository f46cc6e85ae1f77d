"""All services together: what a face is made with, and what composition makes."""

from dataclasses import dataclass

from interlock.executor.service.access_tokens import AccessTokens
from interlock.executor.service.actions import Actions
from interlock.executor.service.audit import Audit
from interlock.executor.service.authoring import Authoring
from interlock.executor.service.bindings import Bindings
from interlock.executor.service.canaries import Canaries
from interlock.executor.service.changes import Changes
from interlock.executor.service.comparing import Comparing
from interlock.executor.service.deploying import Deploying
from interlock.executor.service.events import Events
from interlock.executor.service.executions import Executions
from interlock.executor.service.keys import Keys
from interlock.executor.service.log_sessions import LogSessions
from interlock.executor.service.log_streams import LogStreams
from interlock.executor.service.publishing import Publishing
from interlock.executor.service.reaching import Explaining
from interlock.executor.service.releases import Releases
from interlock.executor.service.replays import Replays
from interlock.executor.service.resumes import Resumes
from interlock.executor.service.secrets import Secrets
from interlock.executor.service.signing import SigningKeys
from interlock.executor.service.tails import Tails
from interlock.executor.service.tenants import Tenants
from interlock.executor.service.testing import Testing
from interlock.executor.service.versions import Versions
from interlock.worker.triggers import BUILT_IN, Catalogue


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    tenants: Tenants
    keys: Keys
    actions: Actions
    versions: Versions
    bindings: Bindings
    releases: Releases
    explaining: Explaining
    changes: Changes
    canaries: Canaries
    comparing: Comparing
    modules: Actions
    module_versions: Versions
    publishing: Publishing
    testing: Testing
    secrets: Secrets
    events: Events
    resumes: Resumes
    executions: Executions
    replays: Replays
    tails: Tails
    log_streams: LogStreams
    log_sessions: LogSessions
    authoring: Authoring
    module_authoring: Authoring
    deploying: Deploying
    signing: SigningKeys
    access_tokens: AccessTokens
    audit: Audit
    catalogue: Catalogue = BUILT_IN
