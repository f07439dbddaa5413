"""Test code, compiled once for all submissions to a problem: each referee would compile it anew."""

from __future__ import annotations

import ast
import functools
import marshal
from collections.abc import Iterator, Sequence
from typing import assert_never

from rlvr_code.problems.instrument import instrumented, with_own_operations
from rlvr_code.wire.choices import ScriptStyle

_PROBLEMS = 256


@functools.lru_cache(maxsize=_PROBLEMS)
def compiled_tests(style: ScriptStyle, code: tuple[str, ...], tests: tuple[str, ...]) -> bytes:
    """Return the code objects of test code as bytes, in the order of :func:`places_of`; none if it does not compile.

    A referee runs the same Python, so it reads what ``marshal`` writes. Asserts stay, also where this process runs
    with ``-O``.
    """
    keep_asserts = 0
    try:
        codes = tuple(
            compile(
                _changed(style, text),
                where,
                "exec",
                dont_inherit=True,
                optimize=keep_asserts,
            )
            for where, text in places_of(style, code, tests)
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return b""  # the referee meets the same error, and says so
    return marshal.dumps(codes)


def _changed(style: ScriptStyle, text: str) -> str | ast.Module:
    """Return test code as it is compiled."""
    if style is ScriptStyle.CHECKER:
        return text
    return with_own_operations(instrumented(text)[0] if style is ScriptStyle.CHECK else text, text)


def places_of(style: ScriptStyle, code: Sequence[str], tests: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the file name of each text of test code in its traces, and the text."""
    match style:
        case ScriptStyle.ASSERTS:
            yield from zip(tests, code, strict=True)
        case ScriptStyle.CHECK:
            yield "<check>", code[0]
        case ScriptStyle.UNITTEST:
            yield "<tests>", code[0]
        case ScriptStyle.CHECKER:
            yield "<checker>", code[0]
        case _:
            assert_never(style)
