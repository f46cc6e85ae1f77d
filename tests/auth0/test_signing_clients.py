"""Auth0's clients that have a private key in the place of a secret: what it signs is who they are."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import auth0_clients
from auth0_clients import Account
from auth0_tenants import Auth0, Make


@pytest.fixture(scope="module")
def tenant(make_tenant: Make) -> Auth0:
    return make_tenant()


@pytest.fixture(scope="module")
def signing(tenant: Auth0, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """An account of which Interlock has the public key alone."""
    private, public = pair(tmp_path_factory.mktemp("keys"))
    made = tenant.v1.post("keys/management", {"name": "signs", "public_key": public})
    assert made.status_code == 201, made.text
    assert made.json()["client_secret"] is None
    return Account(tenant.account.domain, made.json()["id"], "", tenant.account.ca, private)


def pair(folder: Path) -> tuple[Path, str]:
    """Make a key, and return where its private half is, as Auth0's clients read it, and the public one."""
    key = rsa.generate_private_key(65537, 2_048)
    private = folder / "private.pem"
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return private, key.public_key().public_bytes(serialization.Encoding.PEM, info).decode()


@pytest.mark.parametrize("algorithm", ["", "RS384", "PS256"], ids=["as it comes", "RS384", "PS256"])
def test_both_clients_sign_for_their_tokens(signing: Account, algorithm: str) -> None:
    chosen = {"AUTH0_CLIENT_SIGNING_ALGORITHM": algorithm} if algorithm else {}
    with auth0_clients.sdk(signing, **chosen) as sdk:
        assert sdk("actions.triggers.list")["triggers"]
        assert sdk.legacy("actions.getAllTriggers")["triggers"]


def test_another_key_and_the_secret_of_a_client_that_signs_are_refused(signing: Account, tmp_path: Path) -> None:
    other, _ = pair(tmp_path)
    impostor = Account(signing.domain, signing.client_id, "", signing.ca, other)
    guessing = Account(signing.domain, signing.client_id, "a secret", signing.ca)
    for account in (impostor, guessing):
        with auth0_clients.sdk(account) as sdk:
            refused = sdk.refused("actions.triggers.list")
            assert (refused.status, refused.body["error"]) == (401, "access_denied")
