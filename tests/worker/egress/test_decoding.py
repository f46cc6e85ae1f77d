"""Undoing content codings: whatever is in them, in whatever pieces it comes."""

import gzip
import zlib
from collections.abc import Callable, Sequence

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox import OperationFailed
from interlock.worker.egress import decoding

ENCODERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", lambda data: zlib.compress(data)[2:-4]),
    ("br", brotli.compress),
]
BYTES = st.binary(max_size=2_000) | st.integers(0, 300_000).map(bytes)


def decoded(coding: str, pieces: Sequence[bytes]) -> bytes:
    [decoder] = decoding.decoders(coding)
    whole = [made for piece in pieces for made in decoder.feed(piece)]
    decoder.finish()
    assert all(0 < len(made) <= 2 * decoding.PIECE_BYTES for made in whole)
    return b"".join(whole)


@given(st.sampled_from(ENCODERS), BYTES, st.integers(1, 500))
def test_what_was_encoded_comes_back_however_it_is_cut(
    encoder: tuple[str, Callable[[bytes], bytes]], data: bytes, size: int
) -> None:
    coding, encode = encoder
    encoded = encode(data)
    assert decoded(coding, [encoded[at : at + size] for at in range(0, len(encoded), size)]) == data


@given(st.sampled_from(["gzip", "deflate", "br"]), st.lists(st.binary(max_size=50)))
def test_garbage_fails_as_such_and_in_no_other_way(coding: str, pieces: list[bytes]) -> None:
    reason = ""
    try:
        decoded(coding, pieces)
    except OperationFailed as failed:
        reason = failed.reason
    assert reason in {"", "http_failed"}


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
def test_what_is_cut_off_is_not_taken_for_the_whole(coding: str, encode: Callable[[bytes], bytes]) -> None:
    with pytest.raises(OperationFailed):
        decoded(coding, [encode(b"some text to encode")[:-3]])


def test_codings_over_each_other_are_few_and_an_unknown_one_is_left_alone() -> None:
    with pytest.raises(OperationFailed):
        decoding.decoders("gzip, gzip, gzip, gzip")
    assert decoding.decoders("zstd") == decoding.decoders(None) == decoding.decoders("identity") == []
