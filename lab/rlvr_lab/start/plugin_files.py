"""The files of a new plugin."""

from __future__ import annotations

from collections.abc import Mapping

_PYPROJECT = """\
[project]
name = "rlvr-NAME"
version = "0.1.0"
description = "Scorers of NAME for rlvr."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["msgspec>=0.19", "rlvr"]

[project.entry-points.rlvr]
NAME = "rlvr_NAME.plugin"

[dependency-groups]
dev = ["pytest>=8"]

[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["rlvr_NAME"]
"""

_PLUGIN = '''\
"""Scorers offered by rlvr-NAME; nothing heavy is imported here."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {"exact": "rlvr_NAME.exact:exact"}
'''

_SCORER = '''\
"""``NAME.exact``: the answer is the reference."""

from __future__ import annotations

import msgspec

from rlvr import Record, Score, scorer


class ExactOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``NAME.exact``."""

    letter_case: bool = True


@scorer(options=ExactOptions, needs=("reference",), reads=(), bounded=True)
def exact(record: Record, options: ExactOptions) -> Score:
    """Pay 1.0 for the reference and nothing else.

    A bad completion is 0.0 with a reason, a bad row is `Score.invalid_task`; only a bug may raise.
    """
    if not isinstance(record.reference, str) or not record.reference.strip():
        return Score.invalid_task("the reference is no text")
    answer, reference = record.final.strip(), record.reference.strip()
    if not options.letter_case:
        answer, reference = answer.casefold(), reference.casefold()
    if not answer:
        return Score.of(0.0, "no answer found", "no_answer")
    right = answer == reference
    return Score.of(float(right), "equals the reference" if right else "differs from the reference")
'''

_TESTS = '''\
"""Tests of ``NAME.exact``, with the kit that every scorer of rlvr passes."""

from rlvr import Verdict
from rlvr.testing import a_record, check_scorer, scored
from rlvr_NAME.exact import ExactOptions, exact


def test_it_passes_the_kit() -> None:
    """The reference earns 1.0, a blank answer 0.0, and no completion breaks it."""
    check_scorer(exact, right=[a_record("Paris", "Paris")], wrong=[a_record("Rome", "Paris")])


def test_options_change_what_is_equal() -> None:
    """Case matters by default."""
    assert scored(exact, a_record("paris", "Paris")).value == 0.0
    assert scored(exact, a_record("paris", "Paris"), ExactOptions(letter_case=False)).value == 1.0


def test_a_row_without_a_text_is_invalid() -> None:
    """That is no fault of the completion."""
    assert scored(exact, a_record("Paris", 7)).verdict is Verdict.INVALID_TASK
'''

_README = """\
# rlvr-NAME

A plugin of rlvr with the scorer `NAME.exact`.

```yaml
tasks:
  answers:
    scorers:
      - {scorer: NAME.exact, name: accuracy, options: {letter_case: false}}
```

rlvr is on no index yet: install it first from a checkout, `pip install 'PATH/core[cli]' PATH/lab`.
Then `pip install -e . pytest` and `pytest`; `rlvr plugins` lists the scorer, `rlvr attack SUITE DATA` attacks it.
"""

_CI = """\
name: tests
on: [push, pull_request]
jobs:
  tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.11"}
      # rlvr is on no index yet: check out its repository into rlvr first, or install wheels of your own.
      - run: pip install ./rlvr/core . pytest
      - run: pytest
"""


def plugin_files(name: str) -> Mapping[str, str]:
    """Return the text of each file of a plugin, by its path."""
    files = {
        "pyproject.toml": _PYPROJECT,
        "README.md": _README,
        f"rlvr_{name}/__init__.py": '"""Scorers of NAME."""\n',
        f"rlvr_{name}/py.typed": "",
        f"rlvr_{name}/plugin.py": _PLUGIN,
        f"rlvr_{name}/exact.py": _SCORER,
        f"tests/test_{name}_exact.py": _TESTS,
        ".github/workflows/tests.yml": _CI,
    }
    return {path: text.replace("NAME", name) for path, text in files.items()}
