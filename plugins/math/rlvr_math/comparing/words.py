"""Words: by their letters."""

from __future__ import annotations

from rlvr_math.comparing.decision import Comparing, Decision
from rlvr_math.reading.tree import Constant, Product, Quantity, Symbol, Tree, Words


def compare_words(_: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare as text; what cannot be written as words is none."""
    text = _text_of(reference)
    return Decision(bool(text) and text == _text_of(answer), "words")


def _text_of(tree: Tree) -> str:
    match tree:
        case Words(text=text):
            return text.removesuffix(" .")
        case Symbol(name=name):
            return "".join(name.lower().split("\\"))
        case Product(factors=factors) if all(isinstance(each, Symbol) for each in factors):
            return "".join(_text_of(each) for each in factors)
        case Constant(value=value):
            return str(value)
        case Quantity(value=value, unit=unit):
            return f"{_text_of(value)} {unit.lower()}"
        case _:
            return ""
