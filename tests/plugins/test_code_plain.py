"""Source that is plain by its text is accepted by the policy, and not changed."""

import ast
import gzip
import json
import os
import random
import warnings
from itertools import product
from pathlib import Path

import pytest
from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from rlvr_code.inside.language.allowed import GUARDED_ATTRIBUTES, RESERVED_NAMES
from rlvr_code.inside.language.plain import is_plain
from rlvr_code.inside.language.policy import Policy

HERE = Path(__file__).parent
CORPUS = HERE / "cases" / "code_language_escapes.jsonl"
DATA = HERE.parents[2] / "shared" / "data" / "code_dev.jsonl.gz"
ROUNDS = 20_000 if os.environ.get("RLVR_LONG") == "1" else 3_000

NAMES = [
    *sorted({*INSPECT_ATTRIBUTES, *GUARDED_ATTRIBUTES, *RESERVED_NAMES}),
    *"x os _os _x_ __x__ __class__ __name__ __init__ x__ __x format_ mro2 registers _ \u00aab \uff4dro printed print".split(),
]
PLACES = [
    "{} = 1", "x.{}", "x.{} = 1", "def {}(): pass", "def f({}): pass", "f({}=1)", "import {}", "import {} as x",
    "import x, {}", "from {} import x", "from x import {}", "from x import y as {}", "from .{} import x", "import x.{}",
    "from x \\\n import {}", "from {}\\\n import x", "import \\\n{}", "from x import ({})", "x = 1; import {}",
    "if x: import {}", "\tif x:\n\t\timport {}", "class {}: pass", "class C:\n    {} = 1", "global {}", "[{} for x in y]",
    "[*{} for x in y]", "[*x, {}]", "{{**{}, 'a': 1}}", "f'{{{}}}'", "f'{{x.{}}}'", "f'{{x:{{{}}}}}'", "'{}'", "# {}", "lambda {}: 1",
    "try: pass\nexcept {}: pass", "try: pass\nexcept* {}: pass", "try: pass\nexcept *{}: pass", "match x:\n    case {}: pass",
    "match x:\n    case C({}=1): pass", "match x:\n    case {{**{}}}: pass", "with x as {}: pass", "del {}", "async def {}(): await x", "({} := 1)",
    "t'{{{}}}'", "rt'{{{}}}'", "x = 1\rimport {}", "x = 1\x0cimport {}", "type {} = int", "def f[{}](): pass", "@{}\ndef f(): pass", "x: {} = 1",
]  # fmt: skip


def _is_unchanged(source: str) -> bool:
    """Return True if the policy accepts the source and changes nothing, or it is no Python at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            before = ast.dump(ast.parse(source))
        except (SyntaxError, ValueError):
            return True
        try:
            return ast.dump(Policy().visit(ast.parse(source))) == before
        except Exception:  # noqa: BLE001  # refused
            return False


def test_plain_places_of_names_are_unchanged() -> None:
    """Each name in each place: what the policy refuses or guards is not plain; most of the rest is."""
    sources = [place.format(name) for place, name in product(PLACES, NAMES)]
    plain = [source for source in sources if is_plain(source)]

    assert [source for source in plain if not _is_unchanged(source)] == []
    assert len(plain) > 100
    assert any(not _is_unchanged(source) for source in sources)


def test_plain_combinations_are_unchanged() -> None:
    """Pieces in a random order, with random ends between them."""
    chance = random.Random(0)  # noqa: S311  # the same texts in each run
    for _ in range(ROUNDS):
        pieces = [chance.choice(PLACES).format(chance.choice(NAMES)) for _ in range(chance.randrange(1, 4))]
        source = chance.choice(["\n", ";", "\\\n", " ", "\r", "\n\n"]).join(pieces)

        assert not is_plain(source) or _is_unchanged(source), source


def test_no_known_escape_is_plain() -> None:
    """Those that the policy refuses or changes are left to it."""
    attempts = [json.loads(line)["code"] for line in CORPUS.read_text().splitlines()]

    assert [source for source in attempts if is_plain(source) and not _is_unchanged(source)] == []


@pytest.mark.skipif(not DATA.exists(), reason="the development data is not here")
def test_most_programs_are_plain() -> None:
    """And the policy changes none of these."""
    sources = list(
        dict.fromkeys(json.loads(line)["solution"] for line in gzip.decompress(DATA.read_bytes()).splitlines())
    )
    some = sources[:: 1 if ROUNDS > 10_000 else 10]
    plain = [source for source in some if is_plain(source)]

    assert [source for source in plain if not _is_unchanged(source)] == []
    assert len(plain) > 0.7 * len(some)
