"""Plain values as ``marshal`` writes them: one call reads them, where tokens are read by a loop over them.

Only the trusted side writes them, and only the process of a submission or a referee reads them: ``marshal`` is not for
data that somebody else wrote. All run the same Python.
"""

from __future__ import annotations

import binascii
import marshal
from collections.abc import Sequence
from typing import Any

from rlvr_code.wire.values import Token, decode

# Tokens of what ``marshal`` does not know, or reads back as another type.
_NOT_MARSHALLED = frozenset("TC=@^y")
# The format without references: a list that is given twice is two lists, as it is with tokens.
_VERSION = 2


def write_plain(value: Any) -> str:
    """Return a value as text.

    Raises:
        ValueError: A part of it is of a type that ``marshal`` does not know.
    """
    return binascii.b2a_base64(marshal.dumps(value, _VERSION), newline=False).decode("ascii")


def read_plain(text: str) -> Any:
    """Read what :func:`write_plain` wrote, and nothing else."""
    return marshal.loads(binascii.a2b_base64(text))  # noqa: S302  # the trusted side wrote it


def write_arguments(tokens: Sequence[Token]) -> str | None:
    """Return the arguments and keywords of a call as text; None if they need their tokens."""
    if any(type(token) is str and token[0] in _NOT_MARSHALLED for token in tokens):
        return None
    return write_plain(decode(tokens))
