"""A secret's value in clear, in an object that shows nothing of it.

What prints, formats, pickles, copies or compares such an object learns neither the value nor its length. Only `reveal`
gives the text; callers use it in an expression and keep it in no variable, because tools that report errors show the
local variables of every frame. Python cannot wipe memory: the text lives until it is collected.
"""

from typing import Final, NoReturn, final

from interlock.secrets import errors

SHOWN: Final = "SecretValue(***)"


@final
class SecretValue:
    """One value in clear. Equal only to itself."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        """Take the text as it is. Raises `ValueRefused` when it is none."""
        given: object = text
        if not isinstance(given, str):
            kind = type(given).__name__
            del given, text  # a report that shows local variables would print them
            raise errors.ValueRefused(f"A secret's value must be text, not {kind}.")
        self.__text = text

    def reveal(self) -> str:
        """Return the value in clear."""
        return self.__text

    def __repr__(self) -> str:
        return SHOWN

    def __format__(self, specification: str) -> str:
        return SHOWN

    def __getstate__(self) -> NoReturn:
        raise _not_copied()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied()

    def __copy__(self) -> NoReturn:
        raise _not_copied()

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise _not_copied()


def _not_copied() -> errors.NotCopied:
    return errors.NotCopied("A secret's value in clear is neither pickled nor copied; hand on the object itself.")
