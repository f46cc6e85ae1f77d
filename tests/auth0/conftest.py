"""A running Interlock behind TLS, tenants with domains of their own, and Auth0's clients pointed at them.

Packages come from a registry on loopback. `make auth0-packages` fetched the clients.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import auth0_clients
from auth0_clients import Account, Sdk
from auth0_tenants import Auth0, Make, presenting
from interlock.worker import simulate, triggers
from live_system import System, dev
from npm_registry import ESBUILD, Registry, registry
from tls_front import Fronts, tls_fronts


@pytest.fixture(scope="session")
def npm() -> Iterator[Registry]:
    """A registry with one package, `greeting`, in two versions."""
    with registry() as served:
        for version, word in (("1.0.0", "hello"), ("2.0.0", "good day")):
            served.publish("greeting", version, {"index.js": f"module.exports = (name) => `{word} ${{name}}`;"})
        yield served


@pytest.fixture(scope="session")
def system(npm: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One Interlock for all tests here."""
    environment = {"INTERLOCK_NPM_REGISTRY": npm.url, "INTERLOCK_ESBUILD": str(ESBUILD)}
    with dev(tmp_path_factory.mktemp("system"), "--processes", "1", **environment) as running:
        yield running


@pytest.fixture(scope="session")
def fronts(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronts]:
    with tls_fronts(system.url, tmp_path_factory.mktemp("tls")) as opened:
        yield opened


@pytest.fixture(scope="session")
def make_tenant(system: System, fronts: Fronts) -> Iterator[Make]:
    with contextlib.ExitStack() as open_clients:

        def made() -> Auth0:
            tenant = system.tenant()
            domain = f"localhost:{fronts.port()}"
            tenant.change(domain=domain)
            key = tenant.post("keys/management", {"name": "Auth0's clients"})
            assert key.status_code == 201, key.text
            account = Account(domain, key.json()["id"], key.json()["client_secret"], fronts.ca)
            http = open_clients.enter_context(presenting(account))
            return Auth0(account, tenant, http)

        yield made


@pytest.fixture
def tenant(make_tenant: Make) -> Auth0:
    """A tenant of the test's own."""
    return make_tenant()


@pytest.fixture
def sdk(tenant: Auth0) -> Iterator[Sdk]:
    with auth0_clients.sdk(tenant.account) as opened:
        yield opened


@pytest.fixture
def login_event() -> dict[str, object]:
    """An event of post-login, as `interlock event` prints it."""
    return {**simulate.simulated_event(triggers.BUILT_IN.get("post-login"))}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty folder for the deploy tool."""
    folder = tmp_path / "tenant"
    folder.mkdir()
    return folder
