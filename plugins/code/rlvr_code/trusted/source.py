"""The source that a submission's process loads: the prelude, the code of the prompt, and the submission.

Nothing here parses Python: that is for the sandbox.
"""

from __future__ import annotations

import re

from rlvr_code.problems.problem import Problem, root_name
from rlvr_code.trusted.judges import imports_for
from rlvr_code.trusted.lexical import long_strings_in, names_defined_in

_INDENTATION = "    "
_FUTURE = re.compile(r"^from[ \t]+__future__[ \t]+import[ \t]+[\w, \t]+(?:#[^\n]*)?$", re.MULTILINE)


def source_of(submission: str, problem: Problem) -> str:
    """Return the source of a submission with what the problem puts before it.

    A submission that defines what the tests call gets the imports and helpers of the prompt; one that does not
    continues the prompt.
    """
    if not problem.prompt or not problem.entry:
        parts = [problem.prelude, submission]
    elif root_name(problem.entry) in names_defined_in(submission):
        parts = [problem.prelude, problem.context, submission]
    else:
        parts = [problem.prelude, problem.prompt, _as_body(submission)]
    if problem.judge_imports:
        parts.insert(0, imports_for("\n".join(parts), problem.entry))
    return _with_future_first("\n".join(part for part in parts if part.strip()))


def _as_body(submission: str) -> str:
    """Return a continuation of a function with the indentation of a body.

    Tools often cut the white space before a completion, so that its first line alone lacks it.
    """
    lines = submission.split("\n")
    filled = [position for position, line in enumerate(lines) if line.strip()]
    if not filled or lines[filled[0]][:1].isspace():
        return submission
    first = lines[filled[0]]
    second = lines[filled[1]] if len(filled) > 1 else ""
    least = len(_INDENTATION) if first.rstrip().endswith(":") else 0
    if len(second) - len(second.lstrip()) > least:
        lines[filled[0]] = _INDENTATION + first
        return "\n".join(lines)
    return "\n".join(_INDENTATION + line if line.strip() else line for line in lines)


def _with_future_first(source: str) -> str:
    """Move imports from ``__future__`` to the start, where the language wants them."""
    imports: list[str] = []

    def take(found: re.Match[str]) -> str:
        imports.append(f"{found[0]}\n")
        return ""

    pieces: list[str] = []
    position = 0
    for start, end, _ in long_strings_in(source):
        pieces += [_FUTURE.sub(take, source[position:start]), source[start:end]]
        position = end
    pieces.append(_FUTURE.sub(take, source[position:]))
    return "".join([*imports, *pieces]) if imports else source
