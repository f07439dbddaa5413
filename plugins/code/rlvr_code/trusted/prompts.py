"""The code of a task that stands in the prompt of a record, where the reference does not repeat it.

Rows of HumanEval often hold the beginning of a function in the user's turn, and only the tests in the reference.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Iterator

import msgspec

from rlvr import Record, code_blocks_in
from rlvr_code.problems.problem import Problem
from rlvr_code.problems.scripts import context_of
from rlvr_code.trusted.lexical import names_bound_in, names_defined_in, names_used_in

_CODE_START = re.compile(r"^(?:from|import|def|class|async[ \t]+def|@)\b", re.MULTILINE)


def with_prompt_of(record: Record, problem: Problem, submission: str) -> Problem:
    """Return the problem with the prompt of a record, if its submission needs that and the problem has none.

    A submission needs it if it does not define what the tests call, or uses names that the prompt binds.
    """
    if problem.prompt or not problem.entry or not record.messages:
        return problem
    prompt = next(
        (code for turn in reversed(record.prompt) if (code := _beginning_in(turn.content, problem.entry))), ""
    )
    if not prompt:
        return problem
    context = context_of(prompt, problem.entry)
    absent = names_used_in(submission) - names_bound_in(submission)
    if names_defined_in(submission).intersection(problem.names) and absent.isdisjoint(names_bound_in(context)):
        return problem
    key = hashlib.sha256(problem.key + prompt.encode("utf-8", "surrogatepass")).digest()
    return msgspec.structs.replace(problem, prompt=prompt, context=context, key=key)


@functools.lru_cache(maxsize=64)
def _beginning_in(text: str, entry: str) -> str:
    """Return the code in a text that ends with the beginning of a function; "" if there is none."""
    name = re.escape(entry.rpartition(".")[2])
    if not re.search(rf"\bdef[ \t]+{name}\b", text):
        return ""
    for code in _codes_in(text):
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if _is_unfinished(tree, entry.rpartition(".")[2]):
            return code
    return ""


def _codes_in(text: str) -> Iterator[str]:
    """Yield what may be code in a text, with a body where the last definition has none."""
    start = _CODE_START.search(text)
    for code in (*(block.text for block in code_blocks_in(text)), text[start.start() if start else 0 :]):
        yield code
        last = code.rstrip().rpartition("\n")[2]
        indentation = " " * (len(last) - len(last.lstrip()) + 4)
        yield f"{code.rstrip()}\n{indentation}pass\n"


def _is_unfinished(tree: ast.Module, name: str) -> bool:
    """Return True if the last definition has this name, and does nothing yet."""
    last: ast.AST | None = tree.body[-1] if tree.body else None
    while isinstance(last, ast.ClassDef):
        last = last.body[-1]
    if not isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef) or last.name != name:
        return False
    return all(
        isinstance(each, ast.Pass) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in last.body
    )
