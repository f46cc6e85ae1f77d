"""Actions that talk to servers of the test's own, over real sockets of this machine."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from certificates import Authority
from reach import Network
from talks import LIMITS, Handler, Talk, Talks, talk_once

from interlock.sandbox import Sandbox


@pytest.fixture
def talk(sandbox: Sandbox) -> Talks:
    """Runs the body of an async function (event: {port, ...}) beside a server whose connections `peer` handles.

    `operations` is the limit on host operations, `tls` the server's context, `setup` goes in front of the function.
    """

    def run(
        body: str,
        peer: Handler | None = None,
        *,
        tls: Any = None,
        network: Network | None = None,
        event: dict[str, Any] | None = None,
        operations: int = LIMITS.host_operations,
        setup: str = "",
    ) -> Talk:
        limits = replace(LIMITS, host_operations=operations)
        source = f"{setup}\n{_HELP}\nmodule.exports = async (event) => {{\n{body}\n}};"
        return asyncio.run(talk_once(sandbox, source, peer, tls, network or Network(), event or {}, limits))

    return run


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    """A certificate authority of the tests' own."""
    with Authority.made() as made:
        yield made


_HELP = """\
const once = (emitter, name) => new Promise((resolve, reject) => {
  emitter.once(name, (...args) => resolve(args));
  if (name !== 'error') emitter.once('error', reject);
});
const told = (error) => JSON.parse(JSON.stringify({ message: error.message, ...error }));
const all = async (stream) => {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
};
"""
