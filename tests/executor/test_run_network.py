"""`interlock run --allow --resolve --ca`: what actions may reach from a developer's machine."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.sandbox import Prelude, Sandbox
from loopback import Authority

Call = Callable[..., Any]

ASKING = Prelude("asking", "(function (host, runtime) { globalThis.ask = (kind, a) => runtime.operation(kind, a); })")
FETCH = """
const got = await ask('fetch.start', { method: 'GET', url: 'URL', headers: [], body: null, streams: false,
  redirect: 'follow', decompress: true });
api.accessToken.setCustomClaim('status', got.status);
"""


@pytest.fixture(autouse=True)
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Actions that can ask for operations by name."""
    opened = Sandbox.open
    monkeypatch.setattr(Sandbox, "open", staticmethod(lambda *, preludes: opened(preludes=[*preludes, ASKING])))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def server(authority: Authority) -> Iterator[Callable[..., int]]:
    """Starts a server that answers one request, with TLS for a name if one is given."""
    listening: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(name: str = "") -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)
        context = authority.issue(name).server() if name else None
        threads.append(threading.Thread(target=answer, args=(listener, context)))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listening:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join()


def answer(listener: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        accepted, _ = listener.accept()
        with context.wrap_socket(accepted, server_side=True) if context else accepted as connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 204 None\r\nconnection: close\r\n\r\n")
    except OSError:  # nobody came, or a handshake that the test wants to fail
        return


def test_a_private_address_is_open_when_it_is_allowed(run: Call, server: Callable[..., int]) -> None:
    port = server()
    finished = run(FETCH.replace("URL", f"http://localhost:{port}/"), "--json", "--allow", f"localhost:{port}")
    assert finished.json["outcome"]["access_token"]["claims"] == {"status": 204}


def test_otherwise_the_error_says_what_to_type_and_a_line_says_what_was_refused(run: Call) -> None:
    finished = run(FETCH.replace("URL", "http://localhost:5000/?token=hush"), "--json")
    assert finished.status == 1
    assert "--allow localhost:5000" in finished.json["actions"][0]["error"]["message"]
    assert "egress_denied" in finished.err
    assert "hush" not in finished.err


def test_what_the_operator_denies_all_tenants_is_denied_here_whatever_was_opened(
    run: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_EGRESS_DENY", "localhost api.example.com:443")
    opened = ("--allow", "localhost:5000", "--resolve", "api.example.com:443:127.0.0.1:5000")
    for url in ("http://localhost:5000/", "https://api.example.com/"):
        finished = run(FETCH.replace("URL", url), "--json", *opened)
        assert finished.status == 1
        assert "egress_denied" in finished.err
        assert "operator" in finished.json["actions"][0]["error"]["message"]


def test_a_name_is_sent_to_a_stand_in_whose_authority_is_trusted(
    run: Call, server: Callable[..., int], authority: Authority, write: Call
) -> None:
    ca = write("ca.pem", authority.pem)
    code = FETCH.replace("URL", "https://api.example.com/")
    resolve = ("--resolve", f"api.example.com:443:127.0.0.1:{server('api.example.com')}")
    finished = run(code, "--json", *resolve, "--ca", ca)
    assert finished.json["outcome"]["access_token"]["claims"] == {"status": 204}
    resolve = ("--resolve", f"api.example.com:443:127.0.0.1:{server('api.example.com')}")
    refused = run(code, "--json", *resolve)
    assert "is not trusted" in refused.json["actions"][0]["error"]["message"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--allow", "localhost"), "allow_syntax"),
        (("--allow", "localhost:*"), "allow_syntax"),
        (("--allow", "http://localhost:1"), "allow_syntax"),
        (("--allow", "*:80"), "allow_syntax"),
        (("--allow", "224.0.0.1:80"), "allow_syntax"),
        (("--resolve", "a.example:443"), "resolve_syntax"),
        (("--resolve", "a.example:443:b.example"), "resolve_syntax"),
        (("--ca", "nowhere.pem"), "file_not_found"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_runs(run: Call, options: tuple[str, str], code: str) -> None:
    finished = run("", *options)
    assert finished.status != 0
    assert finished.out == ""
    assert code in finished.err


def test_a_file_without_certificates_is_said(run: Call, write: Call) -> None:
    finished = run("", "--ca", write("empty.pem", "no certificate"))
    assert "ca_unusable" in finished.err
