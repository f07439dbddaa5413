"""Rows of public data sets, which hold their tests under names of their own, as fields of a format.

Sources of the shapes, read in 2026:

- APPS and TACO: https://huggingface.co/datasets/codeparrot/apps, https://huggingface.co/datasets/BAAI/TACO
- CodeContests: https://huggingface.co/datasets/deepmind/code_contests
- LiveCodeBench: https://github.com/LiveCodeBench/LiveCodeBench, lcb_runner/benchmarks/code_generation.py
- BigCodeBench: https://huggingface.co/datasets/bigcode/bigcodebench
- KodCode: https://huggingface.co/datasets/KodCode/KodCode-V1
"""

from __future__ import annotations

import ast
import base64
import binascii
import pickletools
import zlib
from collections.abc import Mapping
from typing import Any

from rlvr_code.problems.fields import Fields, ProblemError, parsed_json, parsed_python, text
from rlvr_code.problems.modules import OTHER_MODULES

# The largest of LiveCodeBench's are some 100 MB.
_UNPACKED_LIMIT_BYTES = 512 << 20
_CONTESTS = ("public_tests", "private_tests", "generated_tests")
_LIVE = ("public_test_cases", "private_test_cases")
_TEST_CODE = ("test", "tests", "test_code")
# The name of the submission for tests that call its function without an import.
SUBMISSION_MODULE = "submission_under_test"
# What a pickle of one text consists of, besides the text.
_FRAMING = frozenset({"PROTO", "FRAME", "MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT", "STOP"})
_TEXTS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"})


def as_format_fields(fields: Fields) -> Fields:
    """Return the fields of a row of a known data set under the names of a format; other fields as they are.

    Raises:
        ProblemError: The row looks like one of a data set, and a field of it cannot be read.
    """
    if "style" in fields:
        return fields
    if "input_output" in fields:
        return _without(fields, "input_output") | _apps_fields(fields)
    if any(fields.get(name) for name in _LIVE):
        return _without(fields, *_LIVE, "metadata") | _live_fields(fields)
    if any(isinstance(fields.get(name), Mapping) for name in _CONTESTS):
        return _without(fields, *_CONTESTS) | _contest_fields(fields)
    name = next((each for each in _TEST_CODE if _is_test_module(fields.get(each))), None)
    return fields if name is None else _without(fields, name, "code") | _module_fields(fields, name)


def _without(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _apps_fields(fields: Fields) -> dict[str, Any]:
    """Read APPS' and TACO's ``input_output``: JSON text of ``inputs``, ``outputs`` and perhaps ``fn_name``.

    With ``fn_name``, each output is a list that contains the value to return.
    """
    given = fields["input_output"]
    found = parsed_json(given, "input_output") if isinstance(given, str) else given
    if not isinstance(found, Mapping):
        raise ProblemError("'input_output' must be an object with 'inputs' and 'outputs', or its JSON text")
    outputs = found.get("outputs")
    if found.get("fn_name") and isinstance(outputs, list) and all(_is_single(each) for each in outputs):
        outputs = [each[0] for each in outputs]
    return {**found, "outputs": outputs}


def _is_single(output: Any) -> bool:
    return isinstance(output, list) and len(output) == 1


def _contest_fields(fields: Fields) -> dict[str, Any]:
    """Read CodeContests' groups of tests, each an object of two lists ``input`` and ``output``."""
    inputs: list[Any] = []
    outputs: list[Any] = []
    for name in _CONTESTS:
        group = fields.get(name) or {}
        if not isinstance(group, Mapping):
            raise ProblemError(f"{name!r} must be an object with the lists 'input' and 'output'")
        for side, texts in (("input", inputs), ("output", outputs)):
            given = group.get(side, [])
            if not isinstance(given, list):
                raise ProblemError(f"'{name}.{side}' is a {type(given).__name__}; expected a list of texts")
            texts.extend(given)
    return {"inputs": inputs, "outputs": outputs}


def _live_fields(fields: Fields) -> dict[str, Any]:
    """Read LiveCodeBench's public and private test cases; ``metadata`` names the function that is called."""
    cases = [case for name in _LIVE for case in _live_cases(fields.get(name), name)]
    kinds = {str(case.get("testtype", "stdin")) for case in cases}
    if len(kinds) > 1:
        raise ProblemError(f"test cases of different kinds: {', '.join(sorted(kinds))}")
    if kinds != {"functional"}:
        return {"test_cases": cases}
    metadata = fields.get("metadata") or {}
    metadata = parsed_json(metadata, "metadata") if isinstance(metadata, str) else metadata
    name = metadata.get("func_name") if isinstance(metadata, Mapping) else None
    if not isinstance(name, str):
        raise ProblemError("'metadata' must name the function of functional test cases in 'func_name'")
    return {"test_cases": cases, "fn_name": name}


def _live_cases(given: Any, name: str) -> list[Mapping[str, Any]]:
    if given is None:
        return []
    if isinstance(given, str):
        given = parsed_json(given if given.lstrip()[:1] == "[" else _unpacked(given, name), name)
    if not isinstance(given, list) or not all(isinstance(case, Mapping) for case in given):
        raise ProblemError(f"{name!r} must be a list of objects with 'input' and 'output', or its JSON text")
    return given


def _unpacked(packed: str, name: str) -> str:
    """Return the JSON text that LiveCodeBench packs: base64 of zlib of a pickle of the text."""
    try:
        inflating = zlib.decompressobj()
        data = inflating.decompress(base64.b64decode(packed, validate=True), _UNPACKED_LIMIT_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ProblemError(f"{name!r} is neither JSON nor base64 of compressed data: {error}") from None
    if not inflating.eof:
        raise ProblemError(f"{name!r} is incomplete, or contains more than {_UNPACKED_LIMIT_BYTES >> 20} MB")
    return _pickled_text(data, name)


def _pickled_text(data: bytes, name: str) -> str:
    """Return the text of a pickle that contains one text; nothing is unpickled, since a pickle can run any code.

    ``pickletools`` lists the operations of a pickle, and executes none.
    """
    texts: list[str] = []
    try:
        for operation, argument, _ in pickletools.genops(data):
            if operation.name in _TEXTS:
                texts.append(str(argument))
            elif operation.name not in _FRAMING:
                raise ProblemError(f"{name!r} contains a pickle of more than one text; write the test cases as JSON")
    except ValueError as error:
        raise ProblemError(f"{name!r} contains no pickle: {error}") from None
    if len(texts) != 1:
        raise ProblemError(f"{name!r} contains a pickle of {len(texts)} texts; write the test cases as JSON")
    return texts[0]


def _is_test_module(code: Any) -> bool:
    """Return True if the text is a module of tests, of unittest or pytest."""
    if not isinstance(code, str) or "def check(" in code:
        return False
    return "def test" in code


def _module_fields(fields: Fields, name: str) -> dict[str, Any]:
    """Read a module of tests, such as BigCodeBench's ``test`` or a test file of pytest.

    BigCodeBench's tests call the function ``entry_point`` without an import; it is imported for them.
    """
    code, entry = text(fields, name), text(fields, "entry_point", "")
    tree = parsed_python(code, name)
    solution = fields.get("solution") or fields.get("canonical_solution") or fields.get("code") or ""
    found: dict[str, Any] = {"code": code, "module": text(fields, "module", ""), "solution": solution}
    if not found["module"]:
        found["module"] = _module_of(tree, entry)
    if not found["module"] and entry.isidentifier():
        found.update(code=f"from {SUBMISSION_MODULE} import {entry}\n{code}", module=SUBMISSION_MODULE)
    prompts = (fields.get(each) for each in ("code_prompt", "complete_prompt", "prompt"))
    prompt = next((each for each in prompts if isinstance(each, str) and f"def {entry}(" in each), "")
    return {**found, "prompt": prompt}


def _module_of(tree: ast.Module, entry: str) -> str:
    """Return the module that a test module imports as the submission; "" if that is not clear.

    It is the module from which the entry comes. Without an entry, it is the only module that nobody else provides.
    """
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    if entry:
        return next((str(node.module) for node in imports if entry in {alias.name for alias in node.names}), "")
    plain = (alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names)
    names = {*(str(node.module) for node in imports), *plain}
    own = {name for name in names if name.partition(".")[0] not in OTHER_MODULES}
    return own.pop() if len(own) == 1 else ""
