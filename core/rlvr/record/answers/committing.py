"""The rule that commits: which of a text's statements count as its answer, by the scorer's own equality."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias, assert_never

import msgspec

from rlvr.record.answers.statements import (
    ASSERTED,
    BOXED,
    HEDGED,
    MARKED_KINDS,
    MARKS,
    MENTIONED,
    Polarity,
    Statement,
    StatementKind,
)
from rlvr.record.answers.values import is_like_value, same_value

Same: TypeAlias = Callable[[str, str], bool]

# A text that changes its mind more often guesses.
CORRECTIONS_LIMIT = 3
# A list of boxes or a text of guesses has more values than an honest answer corrects.
VALUES_LIMIT = 4
# Comparing each statement with the last costs the scorer's equality; no honest text has more different values.
COMPARED_LIMIT = 64

_NO_ANSWER = "no answer found"
_CUT_OFF = "the answer is cut off"


class Commitment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The answer to which a text commits, or the reason why it has none.

    Attributes:
        statement: The statement that counts; None without one.
        texts: The values of this statement: usually one, several for "2 and 3"; empty if no statement counts.
        problem: Why no statement counts, such as "no answer found" or "answers contradict"; "" if one counts.
        kind: The kind of the last statement, even if it does not count; None without a statement.
        listed: The values of all boxes, where boxes alone differ or have "or" between them: a list for a reference of as
            many values.
    """

    statement: Statement | None = None
    texts: tuple[str, ...] = ()
    problem: str = ""
    kind: StatementKind | None = None
    listed: tuple[str, ...] = ()


def commit(
    statements: Sequence[Statement], same: Same = same_value, kinds: Collection[StatementKind] = MARKED_KINDS
) -> Commitment:
    """Return the answer to which a text commits, from its statements.

    Args:
        statements: The statements of the text, in order.
        same: Whether two values are equal, as the scorer compares them.
        kinds: The kinds of statements that may count; the others can still contradict.
    """
    said = [_lifted(each, same) for each in statements if each.polarity not in MENTIONED]
    marked = [each for each in said if each.kind in MARKED_KINDS]
    if not marked:
        rest = [each for each in said if each.kind in kinds]
        return _committed(rest[-1:], rest[-1].polarity if rest else "asserted")
    strong = [each for each in marked if not each.is_weak] or marked
    asserted = [each for each in strong if each.polarity in ASSERTED]
    if not asserted:
        return Commitment(problem=_problem_of(strong[-1].polarity), kind=strong[-1].kind, listed=_alternatives(strong))
    last = asserted[-1]
    group = _group_of(asserted)
    if last.kind not in kinds and not any(each.kind in kinds and same(each.text, last.text) for each in asserted):
        return Commitment(problem=_NO_ANSWER)
    problem = _taken_back(strong, last, same) or _contradiction(asserted, group, strong, same)
    if problem:
        return Commitment(problem=problem, kind=last.kind, listed=_listed(asserted, strong))
    return _committed(group, "asserted")


def _lifted(statement: Statement, same: Same) -> Statement:
    """Return a hedge between values that are the same as what it is: one value, said twice."""
    if statement.polarity not in HEDGED or not statement.alternatives or not statement.text:
        return statement
    if not all(same(statement.text, each) for each in statement.alternatives):
        return statement
    return msgspec.structs.replace(statement, polarity="asserted", alternatives=())


def _group_of(asserted: Sequence[Statement]) -> list[Statement]:
    """Return the last statement, with those that nothing but commas and "and" part from it."""
    first = len(asserted) - 1
    while first and asserted[first].is_joined and asserted[first - 1].kind == asserted[first].kind:
        first -= 1
    return list(asserted[first:])


def _contradiction(
    asserted: Sequence[Statement], group: Sequence[Statement], strong: Sequence[Statement], same: Same
) -> str:
    """Say which earlier statements contradict the last ones, unless a correction or "final" sets them aside."""
    last, earlier = group[-1], asserted[: len(asserted) - len(group)]
    others: list[str] = []
    for each in earlier:
        if len(others) > VALUES_LIMIT:
            break
        if each.text not in others and _states_value(each) and not any(same(each.text, own.text) for own in group):
            others.append(each.text)
    if not others:
        return ""
    corrections = sum(each.corrects for each in strong)
    if corrections > CORRECTIONS_LIMIT or len(others) >= VALUES_LIMIT:
        return "too many answers"
    standing = [] if any(each.corrects for each in group) else _since_correction(earlier, others)
    if not standing:
        return ""
    if last.is_final and not any(each.is_final for each in standing):
        return ""
    return "answers contradict"


def _states_value(statement: Statement) -> bool:
    """Say whether a statement states a value; prose behind "the answer is" states none."""
    return is_like_value(statement.text) or statement.kind in MARKS


def _since_correction(earlier: Sequence[Statement], others: Sequence[str]) -> list[Statement]:
    """Return the statements of other values that no correction stands behind."""
    standing: list[Statement] = []
    for each in reversed(earlier):
        if each.text in others and _states_value(each):
            standing.append(each)
        if each.corrects:
            break
    return standing


def _listed(asserted: Sequence[Statement], strong: Sequence[Statement]) -> tuple[str, ...]:
    """Return the values of all boxes, if nothing else is stated."""
    if (
        len(asserted) > COMPARED_LIMIT
        or any(each.kind not in BOXED or each.corrects for each in strong)
        or len(asserted) != len(strong)
    ):
        return ()
    return tuple(dict.fromkeys(each.text for each in asserted))


def _alternatives(strong: Sequence[Statement]) -> tuple[str, ...]:
    """Return the values of boxes with "or" between them, if nothing else is stated."""
    if len(strong) > COMPARED_LIMIT or not all(each.kind in BOXED and each.polarity in HEDGED for each in strong):
        return ()
    return tuple(dict.fromkeys(each.text for each in strong)) if all(each.is_joined for each in strong[1:]) else ()


def _taken_back(strong: Sequence[Statement], last: Statement, same: Same) -> str:
    """Say whether a statement behind the last asserted one takes it back: a hedge of another value, a denial of it."""
    behind = strong[strong.index(last) + 1 :]
    for each in behind:
        equal = bool(each.text) and same(each.text, last.text)
        match each.polarity:
            case "denied" | "retracted":
                taken = equal
            case "hedged" | "doubted" | "cut" | "altered":
                taken = not equal
            case "questioned" | "attributed" | "conditional" | "mention" | "asserted":
                taken = False
            case _:
                assert_never(each.polarity)
        if taken:
            return _problem_of(each.polarity)
    return ""


def _committed(group: Sequence[Statement], polarity: Polarity) -> Commitment:
    if not group or polarity not in ASSERTED:
        return Commitment(
            problem=_problem_of(polarity) if group else _NO_ANSWER, kind=group[-1].kind if group else None
        )
    last = group[-1]
    texts = tuple(dict.fromkeys(each.text for each in group)) if len(group) > 1 else (last.parts or (last.text,))
    return Commitment(statement=last, texts=texts, kind=last.kind)


def commitment_class(problem: str) -> str:
    """Return the class of the problem of a commitment: ``no_answer``, ``truncated`` or ``no_commitment``."""
    if problem.startswith(_NO_ANSWER):
        return "no_answer"
    return "truncated" if problem == _CUT_OFF else "no_commitment"


def _problem_of(polarity: Polarity) -> str:  # noqa: C901  # one case for each polarity
    """Return why a statement does not count."""
    match polarity:
        case "asserted":
            return ""
        case "denied":
            return "the answer is denied"
        case "hedged":
            return "the answer is hedged"
        case "questioned":
            return "the answer is only asked"
        case "attributed":
            return "somebody else's answer"
        case "conditional":
            return "the answer depends on a condition"
        case "retracted":
            return "the answer is taken back"
        case "doubted":
            return "the answer is doubted afterwards"
        case "altered":
            return "what stands around the answer belongs to it"
        case "mention":
            return "the answer is only mentioned"
        case "cut":
            return _CUT_OFF
        case _:
            assert_never(polarity)
