import itertools
import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.secrets import SealBroken, SecretValue, ciphers, contexts, envelope, sealing
from interlock.secrets.data_keys import OpenedDataKey
from interlock.secrets.store import Place

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEADER = envelope.Header(envelope.SealedBy.DATA_KEY, struct.pack(">q", 7))
KEY = bytes(range(32))
CONTEXT = b"context"

parts = st.lists(st.none() | st.text() | st.integers(-(2**63), 2**63 - 1), max_size=6)
ids = st.text(st.characters(), max_size=8)
places = st.builds(Place, ids, st.none() | ids, ids)
numbers = st.integers(1, 2**63 - 1)


def data_key(tenant: str) -> OpenedDataKey:
    return OpenedDataKey(tenant, 7, ciphers.Cipher(KEY, HEADER))


@given(parts, parts)
def test_two_different_lists_never_give_the_same_associated_data(
    one: list[str | int | None], other: list[str | int | None]
) -> None:
    assert (contexts.encode(*one) == contexts.encode(*other)) == (one == other)


@given(parts)
def test_associated_data_can_be_read_back_in_one_way(given_parts: list[str | int | None]) -> None:
    assert decoded(contexts.encode(*given_parts)) == given_parts


@given(st.lists(st.text(st.sampled_from("ab\0"), max_size=3), max_size=4))
def test_moving_the_border_between_two_parts_changes_the_associated_data(texts: list[str]) -> None:
    joined = "".join(texts)
    seen = {contexts.encode(joined[:a], joined[a:b], joined[b:]) for a, b in pairs(len(joined))}
    assert len(seen) == len({(joined[:a], joined[a:b], joined[b:]) for a, b in pairs(len(joined))})


def test_no_action_an_empty_one_and_one_called_none_are_three_things() -> None:
    actions = (None, "", "None", "null", "\0")
    assert len({contexts.of_value(tenant="t", action=one, name="n", number=1) for one in actions}) == len(actions)


@given(places, numbers, st.text(st.characters(exclude_categories=["Cs"])))
def test_a_sealed_value_opens_where_it_stands(place: Place, number: int, text: str) -> None:
    secret = sealing.seal(data_key(place.tenant), place, number, SecretValue(text), AT)
    assert (secret.place, secret.number, secret.data_key, secret.updated_at) == (place, number, 7, AT)
    assert sealing.open_(data_key(place.tenant), secret).reveal() == text
    assert len(text) < 4 or text.encode() not in secret.sealed


@given(places, numbers, places, numbers)
def test_a_sealed_value_opens_in_no_other_place(place: Place, number: int, other: Place, other_number: int) -> None:
    secret = sealing.seal(data_key("t"), place, number, SecretValue("hunter22"), AT)
    moved = type(secret)(other, other_number, 7, secret.sealed, AT)
    if (place, number) == (other, other_number):
        assert sealing.open_(data_key("t"), moved).reveal() == "hunter22"
    else:
        with pytest.raises(SealBroken):
            sealing.open_(data_key("t"), moved)


def test_the_bytes_of_an_envelope_are_those_the_page_says() -> None:
    sealed = ciphers.Cipher(KEY, HEADER, bytes).seal(b"hunter22", CONTEXT)
    assert sealed[:25] == b"ILK" + b"\x01" + b"\x01" + b"\0\0\0\0\0\0\0\x07" + bytes(12)
    # Written down once: what is stored today must open for ever.
    assert sealed[25:].hex() == "66c9dbaad05eb18fd77973b8755c4371ef02119877c5c9c1"


def test_the_same_value_sealed_twice_gives_different_bytes() -> None:
    cipher = ciphers.Cipher(KEY, HEADER)
    assert len({cipher.seal(b"hunter22", CONTEXT) for _ in range(100)}) == 100


def test_an_envelope_of_another_key_does_not_open() -> None:
    sealed = ciphers.Cipher(KEY, HEADER).seal(b"hunter22", CONTEXT)
    with pytest.raises(SealBroken):
        ciphers.Cipher(KEY[::-1], HEADER).open(sealed, CONTEXT)
    with pytest.raises(SealBroken):
        ciphers.Cipher(KEY, envelope.Header(HEADER.sealed_by, bytes(8))).open(sealed, CONTEXT)


def test_an_envelope_of_a_later_version_says_so() -> None:
    sealed = bytearray(ciphers.Cipher(KEY, HEADER).seal(b"hunter22", CONTEXT))
    sealed[3] = 2
    with pytest.raises(SealBroken, match="has version 2 of the format; this Interlock reads version 1"):
        envelope.unpack(bytes(sealed))


@given(st.binary(max_size=80))
def test_whatever_bytes_are_stored_they_are_refused_and_nothing_else_happens(octets: bytes) -> None:
    with pytest.raises(SealBroken):
        ciphers.Cipher(KEY, HEADER).open(octets, CONTEXT)


def test_what_is_derived_for_two_purposes_differs_and_is_always_the_same() -> None:
    one, other = ciphers.derive(KEY, b"one", 32), ciphers.derive(KEY, b"other", 32)
    assert one != other
    assert one == ciphers.derive(KEY, b"one", 32)


def decoded(octets: bytes) -> list[str | int | None]:
    count, at = octets[0], 1
    found: list[str | int | None] = []
    for _ in range(count):
        kind, length = struct.unpack_from(">BI", octets, at)
        body, at = octets[at + 5 : at + 5 + length], at + 5 + length
        match kind:
            case 0:
                found.append(None)
            case 1:
                found.append(body.decode("utf-8", "surrogatepass"))
            case _:
                found.append(int.from_bytes(body, "big", signed=True))
    assert at == len(octets)
    return found


def pairs(length: int) -> list[tuple[int, int]]:
    return list(itertools.combinations_with_replacement(range(length + 1), 2))
