"""Labels before a value that make it no answer, such as "Random guess: 42"."""

from __future__ import annotations

from rlvr import lazy_pattern, polarity_at

# The start of a command that sets words in a formula.
TEXT = r"\\(?:text|textbf|textrm|mathrm|mbox)\s?\{"
# Words and a colon before a value.
_LABEL = lazy_pattern(
    rf"\s*(?:{TEXT}\s*(?P<set>[A-Za-z][A-Za-z ,.'-]{{2,60}}):\s*\}}"
    r"|(?P<plain>[A-Za-z][A-Za-z ,.'-]{2,60})[:=])\s*(?=\S)"
)


# "100(1)" is a product, a value with its uncertainty, or a number with a note; in "0.1(6)" a digit repeats.
_BRACKETED = lazy_pattern(r"[\s$]*[-−]?\d(?:[\d,]*\s?|[\d,.]*\s)(?:\\left)?\(\d+(?:\\right)?\)[\s$.]*")


def bracket_problem(reference: str, answer: str) -> str:
    """Say that a number in brackets right behind another makes an answer no value, unless the reference has one too."""
    if (
        not answer.rstrip(" $.").endswith(")")
        or _BRACKETED.fullmatch(answer) is None
        or _BRACKETED.fullmatch(reference)
    ):
        return ""
    return "a number in brackets stands right behind the answer"


def label_problem(text: str) -> str:
    """Say why the label before a value makes it no answer, such as "Random guess: 42"; nothing if it does not."""
    label = _LABEL.match(text)
    if label is None:
        return ""
    plain = f"{label['set'] or label['plain']}: "
    polarity = polarity_at(f"{plain}{text[label.end() :]}", len(plain), len(plain) + len(text) - label.end())
    return "" if polarity in {"asserted", "altered"} else f"the answer's label says that it is {polarity}"
