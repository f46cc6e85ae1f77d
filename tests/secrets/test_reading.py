import io

import pytest

from interlock.secrets import Limits, NameRefused, ValueRefused, read_value


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def asked(answer: str, prompts: list[str] | None = None) -> str:
    def ask(prompt: str) -> str:
        if prompts is not None:
            prompts.append(prompt)
        return answer

    return read_value("KEY", Terminal(), ask=ask).reveal()


def given(octets: bytes) -> str:
    return read_value("KEY", io.BytesIO(octets), ask=never).reveal()


def never(_prompt: str) -> str:
    pytest.fail("nobody is there to answer")


def test_at_a_terminal_the_value_is_asked_for_by_its_name() -> None:
    prompts: list[str] = []
    assert asked("hunter22", prompts) == "hunter22"
    assert prompts == ["Value of KEY (not shown): "]


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (b"hunter22", "hunter22"),
        (b"hunter22\n", "hunter22"),
        (b"hunter22\r\n", "hunter22"),
        (b"hunter22\n\n", "hunter22\n"),
        (b"hunter22\r", "hunter22\r"),
        (b" a \n b \n", " a \n b "),
    ],
)
def test_what_standard_input_holds_is_the_value_but_for_one_line_end(octets: bytes, value: str) -> None:
    assert given(octets) == value


@pytest.mark.parametrize("character", ["x", "é", "\U0001f511"])
def test_the_longest_value_may_have_a_line_end_too(character: str) -> None:
    assert given((character * 4_096 + "\r\n").encode()) == character * 4_096


@pytest.mark.parametrize("octets", [b"", b"\n", b"\r\n"])
def test_no_value_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueRefused, match="No value was given for KEY"):
        given(octets)
    with pytest.raises(ValueRefused, match="No value was given for KEY"):
        asked("")


def test_a_value_that_is_too_long_is_refused_without_reading_it_all() -> None:
    endless = io.BytesIO(b"hunter22" * 100_000)
    with pytest.raises(ValueRefused, match="at most 4,096 characters"):
        read_value("KEY", endless)
    assert endless.tell() < 20_000
    with pytest.raises(ValueRefused, match="at most 4,096 characters; this one has 4,097"):
        given(b"x" * 4_097)
    assert read_value("KEY", io.BytesIO(b"x" * 4_097), Limits(value_characters=5_000)).reveal() == "x" * 4_097


def test_bytes_that_are_no_text_are_refused_without_being_shown() -> None:
    with pytest.raises(ValueRefused, match="must be UTF-8 text") as raised:
        given(b"hunter22\xff")
    assert raised.value.__context__ is None
    assert "hunter22" not in str(raised.value)


def test_a_name_that_cannot_be_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(NameRefused):
        read_value("not a name", Terminal(), ask=never)
