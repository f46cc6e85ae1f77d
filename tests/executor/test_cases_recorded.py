"""`interlock test --record`: what a real server answers, written into cases; nothing of it is secret."""

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.local import concealing, json_edits
from interlock.executor.local.concealing import Concealing

Call = Callable[..., Any]
SECRET = "hush-hush-hush"
CODE = """\
const http = require('http');
const get = (url) => new Promise((resolve, reject) => {
  http.get(url, (answer) => {
    let text = '';
    answer.on('data', (piece) => (text += piece)).on('end', () => resolve(text));
  }).on('error', reject);
});
exports.onExecutePostLogin = async (event, api) => {
  const base = `http://localhost:${event.port}`;
  const claim = (name, value) => api.idToken.setCustomClaim(`https://e.com/${name}`, value);
  if (event.speaks) await new Promise((resolve) => {
    const socket = require('net').connect(event.speaks, 'localhost').on('error', resolve).on('close', resolve);
    socket.setTimeout(50, () => socket.destroy());
  });
  for (const path of event.paths) {
    if (path === '/token') {
      const answer = await fetch(base + path, { method: 'POST', body: JSON.stringify({ key: event.secrets.KEY }) });
      const { access_token: token } = await answer.json();
      const headers = { authorization: `Bearer ${token}`, 'x-key': event.secrets.KEY };
      const me = await fetch(`${base}/me?key=${event.secrets.KEY}&token=${token}`, { headers });
      claim('tier', (await me.json()).tier);
    } else if (path === '/left') fetch(base + path).catch(() => undefined);
    else if (path === '/node') claim('node', await get(base + path));
    else {
      const answer = await fetch(base + path, { redirect: 'follow' });
      claim(path, [answer.url.replace(/:\\d+/, ''), answer.status, Buffer.from(await answer.arrayBuffer()).length]);
      claim(`header ${path}`, answer.headers.get('x-other'));
    }
  }
  if (event.paths.includes('/other')) api.redirect.sendUserTo('https://consent.example.com');
  claim('now', Math.random());
};
exports.onContinuePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://e.com/back', await get(`http://localhost:${event.request.query.port}/back`));
};
"""


@dataclass
class Server:
    """A real one. `asked` are the requests it had; each of its tokens is another one."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    tier: str = "gold"
    over: threading.Event = field(default_factory=threading.Event)
    """Until then `/left` is not answered."""


@pytest.fixture(scope="module")
def started() -> Iterator[Server]:
    state = Server()

    class Answers(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            path = self.path.partition("?")[0]
            state.asked.append(f"{self.command} {path}")
            if path == "/left":
                self.close_connection = state.over.wait(60)
                return
            token = f"tokentoken-{len(state.asked)}"
            documents = {
                "/token": {"access_token": token, "token_type": "Bearer", "sent": body},
                "/me": {"tier": state.tier, "echo": {**self.headers}, "at": self.path},
            }
            others = {
                "/moved": ("application/json", b""),
                "/broken": ("application/json", b'{"a": NaN, "b": "\\ud800"}'),
                "/binary": ("image/png", bytes(range(256))),
                "/leaks": ("image/png", b"\xff" + SECRET.encode()),
                "/huge": ("text/plain", b"x" * (300 << 10)),
            }
            status = 302 if path == "/moved" else 200
            kind, octets = others.get(path, ("text/html", f"a page of {path}".encode()))
            if path in documents:
                kind, octets = "application/json", json.dumps(documents[path]).encode()
            self.send_response(status)
            fields = {"content-type": kind, "set-cookie": "session=of-the-server", "x-other": str(len(state.asked))}
            fields |= {"location": "/node?from=moved"} if status == 302 else {}
            for name, value in {**fields, "content-length": str(len(octets))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(octets)

        do_POST = do_GET  # noqa: N815 - the standard library's

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        state.port = server.server_address[1]
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def server(started: Server) -> Server:
    started.asked.clear()
    started.tier = "gold"
    return started


@pytest.fixture
def project(tmp_path: Path, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions" / "tier.js").write_text(CODE)
    (tmp_path / "interlock.toml").write_text(
        '[actions.tier]\ntrigger = "post-login"\n[triggers.post-login]\nactions = ["tier"]\n'
    )
    (tmp_path / "secrets.env").write_text(f"KEY={SECRET}\nOTHER=of-another-action\n")
    (tmp_path / "login.json").write_text(json.dumps(event))
    (tmp_path / "cases").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cases" / "tier.json"


def case(server: Server, *paths: str, **more: Any) -> dict[str, Any]:
    return {"name": " ".join(paths), "change": {"port": server.port, "paths": list(paths)}, **more}


def write(file: Path, *cases: dict[str, Any], **shared: Any) -> None:
    whole = {"trigger": "post-login", "event": "../login.json", **shared, "cases": cases}
    file.write_text(json.dumps(whole, indent=2))


def record(interlock: Call, server: Server, *options: str) -> Any:
    return interlock("test", "--json", "--record", "--allow", f"localhost:{server.port}", *options)


def test_what_was_recorded_passes_offline_and_is_the_same_the_next_time(
    interlock: Call, project: Path, server: Server
) -> None:
    write(project, case(server, "/token", "/node", "/moved", "/binary", "/broken"))
    unsaid = interlock("test", "--json")
    assert (unsaid.status, "it does not say what is expected" in unsaid.err) == (2, True)

    assert record(interlock, server).status == 0
    recorded = project.read_text()
    [one] = json.loads(recorded)["cases"]
    base = f"http://localhost:{server.port}"
    assert one["secrets"] == {"KEY": "KEY-of-cases"}
    assert one["answers"] == {
        f"POST {base}/token": {"json": {"access_token": "***", "token_type": "Bearer", "sent": '{"key":"***"}'}},
        f"GET {base}/me?key=***&token=***": {
            "json": {
                "tier": "gold",
                "echo": {
                    **one["answers"][f"GET {base}/me?key=***&token=***"]["json"]["echo"],
                    "authorization": "***",
                    "x-key": "***",
                },
                "at": "/me?key=***&token=***",
            }
        },
        f"GET {base}/node": {"headers": {"content-type": "text/html"}, "text": "a page of /node"},
        f"GET {base}/moved": {
            "status": 302,
            "headers": {"content-type": "application/json", "location": "/node?from=moved"},
        },
        f"GET {base}/node?from=moved": {"headers": {"content-type": "text/html"}, "text": "a page of /node"},
        f"GET {base}/binary": {
            "headers": {"content-type": "image/png"},
            "base64": concealing.base64_of(bytes(range(256))),
        },
        f"GET {base}/broken": {
            "headers": {"content-type": "application/json"},
            "text": '{"a": NaN, "b": "\\ud800"}',
        },
    }
    claims = one["expected"]["outcome"]["id_token"]["claims"]
    assert claims["https://e.com/tier"] == "gold"
    assert claims["https://e.com//binary"] == ["http://localhost/binary", 200, 256]
    assert claims["https://e.com//moved"] == ["http://localhost/node?from=moved", 200, 15]
    # What is another one each time, and a header that is not kept.
    assert claims["https://e.com/now"] == claims["https://e.com/header /binary"] == {"$any": True}
    assert "tokentoken" not in recorded
    assert "session=" not in recorded

    server.asked.clear()
    offline = interlock("test", "--json")
    assert (offline.status, server.asked) == (0, []), offline.out
    assert record(interlock, server).status == 0
    assert (project.read_text(), server.asked) == (recorded, [])
    assert record(interlock, server, "--update").status == 0
    assert project.read_text() == recorded
    assert "POST /token" in server.asked

    server.tier = "silver"
    assert record(interlock, server, "--update").status == 0
    changed = project.read_text()
    assert (
        json.loads(changed)["cases"][0]["expected"]["outcome"]["id_token"]["claims"]["https://e.com/tier"] == "silver"
    )
    assert changed == recorded.replace("gold", "silver")


def test_what_somebody_wrote_stays(interlock: Call, project: Path, server: Server) -> None:
    away = f"GET http://localhost:{server.port}/node"
    file = project.parent.parent / "own.txt"
    write(
        project,
        case(server, "/node", answers={away: {"fails": "connect_timeout"}}, expected={"status": "failed"}),
        case(server, "/binary", expected={"outcome": {"id_token": {"claims": {"https://e.com//binary": "no"}}}}),
        case(server, "/shared", secrets={"KEY": "mine"}),
        answers={f"GET http://localhost:{server.port}/shared": {"json": "of the file"}},
    )
    file.write_text(project.read_text())
    finished = record(interlock, server, "--filter", "/")
    assert [one["passed"] for one in finished.json["cases"]] == [True, False, True], finished.out
    assert server.asked == ["GET /binary"]
    before, after = json.loads(file.read_text()), json.loads(project.read_text())
    assert after["cases"][0] == before["cases"][0]
    assert after["cases"][1]["expected"] == before["cases"][1]["expected"]
    assert "answers" not in after["cases"][2]
    assert after["cases"][2]["secrets"] == {"KEY": "mine"}
    # All anew: but for what is a failure, and for what is of the whole file.
    server.asked.clear()
    finished = record(interlock, server, "--update")
    assert (finished.status, server.asked) == (0, ["GET /binary"]), finished.out
    assert json.loads(project.read_text())["cases"][0]["answers"] == before["cases"][0]["answers"]


def test_each_leg_of_a_flow_is_recorded(interlock: Call, project: Path, server: Server) -> None:
    back = {"change": {"request": {"query": {"port": str(server.port)}}}}
    write(project, case(server, "/other", **{"continue": [back]}))
    assert record(interlock, server).status == 0
    [one] = json.loads(project.read_text())["cases"]
    assert one["expected"]["status"] == "suspended"
    assert one["continue"][0]["expected"]["status"] == "completed"
    assert [*one["answers"]] == [f"GET http://localhost:{server.port}/{name}" for name in ("other", "back")]
    assert interlock("test").status == 0


def test_what_cannot_be_kept_is_refused_and_the_file_left_alone(interlock: Call, project: Path, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        write(
            project,
            case(server, "/huge"),
            case(server, "/leaks", secrets={"KEY": SECRET}),
            case(server, "/left", "/node"),
            {"name": "another protocol", "change": {"port": server.port, "paths": [], "speaks": port}},
            {"name": "closed", "change": {"port": server.port, "paths": [], "speaks": 5432}},
        )
        text = project.read_text()
        finished = record(interlock, server, "--allow", f"localhost:{port}")
        server.over.set()
    refused = record(interlock, server, "--filter", "/huge")
    assert project.read_text() == text
    assert (finished.status, refused.status) == (1, 1)
    said = ["\n".join(one["problems"]) for one in finished.json["cases"]]
    assert "a case keeps bodies of 256 KiB" in said[0]
    assert "a secret stands in an answer that is no text" in said[1]
    assert "no answer came before the action ended" in said[2]
    assert f"connection to localhost:{port}: this is no HTTP" in said[3]
    assert "connection to localhost:5432: this is no HTTP" in said[4]
    denied = interlock("test", "--json", "--record", "--filter", "/huge")
    [problem] = denied.json["cases"][0]["problems"][1:]
    assert f"`interlock run` takes --allow localhost:{server.port}" in problem
    assert '{"fails": "egress_denied"}' in problem
    assert SECRET not in finished.out + finished.err + denied.out + denied.err


def test_the_networks_options_are_for_recording(interlock: Call, project: Path, server: Server) -> None:
    write(project, case(server, expected={}))
    for options in (("--update",), ("--allow", "localhost:1"), ("--secret", "KEY=value")):
        refused = interlock("test", *options)
        assert (refused.status, "Give --record" in refused.err) == (2, True)
        assert "value" not in refused.err


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab\\"{[,:é\n', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"{', max_size=2), inner, max_size=3),
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["name", "answers", "x"]), JSON, max_size=3), min_size=1, max_size=3),
    JSON,
    st.sampled_from([None, 1, 2, "\t"]),
    st.data(),
)
def test_one_value_of_a_file_is_set_and_the_others_stay(
    cases: list[dict[str, Any]], value: Any, indent: int | str | None, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(cases) - 1))
    text = json.dumps({"before": "x", "cases": cases, "behind": [1]}, indent=indent, ensure_ascii=False)
    edited = json_edits.with_value(text, ["cases", number, "answers"], value)
    cases[number]["answers"] = value
    assert json.loads(edited) == {"before": "x", "cases": cases, "behind": [1]}
    assert json_edits.with_value(edited, ["cases", number, "answers"], value) == edited


@given(JSON)
def test_a_value_is_written_as_itself(value: Any) -> None:
    assert json.loads(json_edits.pretty(value)) == value


def test_lines_that_were_not_meant_stay_as_they_are() -> None:
    text = (
        '{\n    "cases": [\n        {\n            "name":   "a"  ,\n            "expected": {}\n        }\n    ]\n}\n'
    )
    edited = json_edits.with_value(text, ["cases", 0, "answers"], {"GET https://e.com/": {"json": [1]}})
    added = ',\n            "answers": { "GET https://e.com/": { "json": [1] } }'
    assert edited == text.replace('"expected": {}', f'"expected": {{}}{added}')


@pytest.mark.parametrize(
    "name",
    "token access_token accessToken id_token X-Api-Key api_key apikey client_secret clientSecret password passwd "
    "private_key Authorization Cookie signature sig OTP jwt client_assertion credentials".split(),
)
def test_what_is_called_a_credential_is_hidden_wherever_it_stands(name: str) -> None:
    hidden = Concealing([])
    assert hidden.document({"a": [{name: {"b": ["value", 1, True]}}]}) == {"a": [{name: {"b": ["***", "***", True]}}]}
    assert hidden.url(f"https://e.com/x?a=1&{name}=value&b=2") == f"https://e.com/x?a=1&{name}=***&b=2"
    assert hidden.text(f'{{"{name}": "value"}} {name}=value&c=3') == f'{{"{name}": "***"}} {name}=***&c=3'


@pytest.mark.parametrize("name", "token_type tier name passenger secretary page keys design tokenizer code".split())
def test_what_is_not_is_shown(name: str) -> None:
    hidden = Concealing([])
    assert hidden.document({name: "value"}) == {name: "value"}
    assert hidden.url(f"https://e.com/?{name}=value") == f"https://e.com/?{name}=value"


def test_what_looks_like_a_credential_is_hidden_too() -> None:
    hidden = Concealing(["hush-hush"])
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_"
    key = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"
    assert hidden.document([jwt, f"as Bearer {jwt}", "Basic dXNlcjpwdw==", key, "hush-hush"]) == [
        "***",
        "as Bearer ***",
        "Basic ***",
        "***",
        "***",
    ]
    assert hidden.url(hidden.url("https://e.com/hush-hush?x=hush%2Dhush")) == "https://e.com/***?x=hush%2Dhush"
    assert [*concealing.tokens({"a": [{"token": "long-enough-to-be-one"}], "b": jwt, "password": "short"})] == [
        "long-enough-to-be-one",
        jwt,
    ]


@pytest.mark.parametrize("part", ["a", "eyJaaaaa-", "token", "a ", "?", "?a&", "_", "Bearer ", "-----BEGIN "])
def test_a_hostile_text_is_read_once(part: str) -> None:
    hidden, text = Concealing(["hush-hush"]), part * ((256 << 10) // len(part))
    assert hidden.text(text)
    assert hidden.url(f"https://e.com/{text}")
    assert hidden.document({text: [text]})
    assert len([*concealing.tokens({text: text, "token": text})]) > 0


def test_what_is_no_document_is_none() -> None:
    deep = b"[" * 200 + b"]" * 200
    for octets in (b"{", b"NaN", b"[1e999]", b'"\\ud800"', deep, b"[" * 99_999):
        with pytest.raises((ValueError, RecursionError)):
            concealing.document_of(octets)
    assert concealing.document_of(b'{"a": [1.5, null]}') == {"a": [1.5, None]}
