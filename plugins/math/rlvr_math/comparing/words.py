"""Words: by their letters."""

from __future__ import annotations

from rlvr import lazy_pattern
from rlvr_math.comparing.decision import Comparing, Decision
from rlvr_math.reading.tree import Collection, Constant, Product, Quantity, Symbol, Tree, Words


def compare_words(_: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare as text; what cannot be written as words is none."""
    text = _text_of(reference)
    return Decision(bool(text) and text == _text_of(answer), "words")


_NO_SOLUTION = "no solution"
_UNDEFINED = "does not exist"
# The sets of numbers that people name in words.
_SETS = {"R": "real numbers", "Z": "integers"}
# The ways to say that there is nothing; what is left of the articles and copulas.
_SAME_WORDS = (
    (
        lazy_pattern(
            r"(?:there )?(?:(?:has|have|exist|exists) )?no (?:real |such )?(?:solutions?|roots?)(?: exists?)?"
        ),
        _NO_SOLUTION,
    ),
    (lazy_pattern(r"(?:set of )?(?:all |any |every )?(?:real numbers?|reals)"), _SETS["R"]),
    (lazy_pattern(r"(?:set of )?(?:all |any |every )?(?:integers?|whole numbers)"), _SETS["Z"]),
    (lazy_pattern(r"(?:empty set|∅|null set)"), _NO_SOLUTION),
    (
        lazy_pattern(
            r"(?:limit |value )?(?:does not|doesn ?t|doesn't|do not) exist|d ?n ?e|(?:is )?(?:undefined|not defined)"
        ),
        _UNDEFINED,
    ),
    (
        lazy_pattern(
            r"(?:(?:it|series|integral|limit|sequence) )?(?:diverges?|divergent|(?:does not|doesn ?t) converge)"
        ),
        "diverges",
    ),
    (lazy_pattern(r"(?:(?:it|series|integral|limit|sequence) )?(?:converges?|convergent)"), "converges"),
    (
        lazy_pattern(
            r"∞|infinity|(?:there )?(?:exist |has |have )?(?:an )?"
            r"infinite(?:ly many| number of)?(?: (?:solutions?|values?|roots?|numbers?|ways|points))?"
        ),
        "infinitely many",
    ),
)


# Words that say nothing: "all primes", "on Monday", "at noon".
_SAID_BEFORE = lazy_pattern(r"^(?:all (?=[a-z])|on (?=[a-z]{3,6}day\b)|at (?=noon\b|midnight\b))")


def is_empty_set(tree: Tree) -> bool:
    """Say whether a tree is the empty set, for which people write that there is no solution."""
    return tree == Symbol("∅") or (isinstance(tree, Collection) and not tree.items)


def _standard(text: str) -> str:
    """Return the one phrase for those that say the same: "no solution", "does not exist"; "all" goes without saying."""
    text = _SAID_BEFORE.sub("", text).replace("prime numbers", "primes")
    return next((phrase for pattern, phrase in _SAME_WORDS if pattern.fullmatch(text)), text)


def _text_of(tree: Tree) -> str:
    match tree:
        case Words(text=text):
            return _standard(text.removesuffix(" ."))
        case Symbol(name=name) if name in _SETS:
            return _SETS[name]
        case Symbol(name=name):
            return _standard("".join(name.lower().split("\\")))
        case Collection(items=()):
            return _NO_SOLUTION
        case Product(factors=factors) if all(isinstance(each, Symbol) for each in factors):
            return _standard("".join(_text_of(each) for each in factors))
        case Constant(value=value):
            return str(value)
        case Quantity(value=value, unit=unit):
            return f"{_text_of(value)} {unit.lower()}"
        case _:
            return ""
