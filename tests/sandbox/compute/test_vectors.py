"""Known answers from the standards, each with its source: vectors.json. Through the guest, as tenants reach them."""

import json
from pathlib import Path
from typing import Any

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
COMPUTE = """return input.map(({ name, options, data }) => {
  const made = compute(name, options, ...data.map((part) => Uint8Array.fromHex(part)));
  return name === 'verify' ? made.value : made.data.map((part) => part.toHex());
})"""
LATER = """const seen = [];
for (const { name, options, data } of input) {
  const made = await computeLater(name, options, ...data.map((part) => Uint8Array.fromHex(part)));
  seen.push(name === 'verify' ? made.value : made.data.map((part) => part.toHex()));
}
return seen"""


def test_the_answers_are_those_of_the_standards(value_of: Any) -> None:
    assert len(VECTORS) > 40
    given = [{name: vector[name] for name in ("name", "options", "data")} for vector in VECTORS]
    for body in (COMPUTE, LATER):
        for vector, answer in zip(VECTORS, value_of(body, given), strict=True):
            assert answer == vector["result"], vector["source"]
