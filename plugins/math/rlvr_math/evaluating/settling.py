"""Settle what our own stages leave undecided: sympy evaluates the operators of both sides, and our stages compare."""

from __future__ import annotations

from typing import NamedTuple

from rlvr_math.comparing.comparison import Comparison
from rlvr_math.comparing.decision import DIFFERENT, Decision
from rlvr_math.comparing.operators.cases import changes_with_signs
from rlvr_math.comparing.operators.deciding import with_integrals
from rlvr_math.evaluating.evaluator import EVALUATOR, missing_part
from rlvr_math.evaluating.messages import (
    EvaluationRequest,
    EvaluationResult,
    has_value,
    is_over_limit,
    is_repeatable,
)
from rlvr_math.evaluating.operators import has_free_letters, operators_in, with_values
from rlvr_math.limits import EVALUATION_NODES, OverLimitError, Steps
from rlvr_math.options import GradeOptions
from rlvr_math.reading.binding import size_of
from rlvr_math.reading.tree import Tree

# Outermost operators of one side; an honest answer has one or two.
_OPERATORS_LIMIT = 8


class Settlement(NamedTuple):
    """What sympy and our stages decided.

    Attributes:
        decision: Whether both sides are the same.
        reason: What decided, or why nothing did.
        calls: Python calls that the evaluations took.
        over_limit: True if a limit ended an evaluation.
    """

    decision: Decision
    reason: str
    calls: int = 0
    over_limit: bool = False


def settle(reference: Tree, answer: Tree, options: GradeOptions) -> Settlement:
    """Compare two trees by the values that sympy finds for their operators.

    FreeLetters stand for real numbers; if sympy finds no value so, for positive ones.

    Raises:
        EvaluatorError: The evaluating process does not start.
        OverLimitError: A tree is too large.
    """
    missing = missing_part()
    if missing:
        return Settlement(DIFFERENT, f"not decided: to evaluate the operators needs {missing}, which is not installed")
    reference, answer = (with_integrals(side, Steps().operators) for side in (reference, answer))
    settlement = _settle_for(reference, answer, options, positive=False)
    operators = [each for side in (reference, answer) for each in operators_in(side)]
    may_repeat = any(map(has_free_letters, operators)) and not any(map(changes_with_signs, operators))
    if isinstance(settlement, EvaluationResult) and is_repeatable(settlement.outcome) and may_repeat:
        second = _settle_for(reference, answer, options, positive=True)
        if isinstance(second, Settlement):
            return second._replace(calls=settlement.calls + second.calls)
    if isinstance(settlement, Settlement):
        return settlement
    if is_over_limit(settlement.outcome):
        return Settlement(DIFFERENT, settlement.detail, settlement.calls, over_limit=True)
    return Settlement(DIFFERENT, f"not decided: {settlement.detail}", settlement.calls)


def _settle_for(
    reference: Tree, answer: Tree, options: GradeOptions, *, positive: bool
) -> Settlement | EvaluationResult:
    """Evaluate and compare; return an evaluation without a value."""
    calls = 0
    sides: list[Tree] = []
    for side in (reference, answer):  # apart, since the values of a reference are kept
        operators = operators_in(side)
        if not operators:
            sides.append(side)
            continue
        if len(operators) > _OPERATORS_LIMIT or size_of(side, EVALUATION_NODES) > EVALUATION_NODES:
            raise OverLimitError("more operators than sympy is asked about")
        evaluation = EVALUATOR.ask(EvaluationRequest(trees=operators, positive=positive))
        calls += evaluation.calls
        if not has_value(evaluation.outcome) or len(evaluation.trees) != len(operators):
            return evaluation
        sides.append(with_values(side, dict(zip(operators, evaluation.trees, strict=True))))
    decision = Comparison(options).equivalent(*sides)
    letters = " for positive letters" if positive else ""
    verdict = "equals" if decision else "differs from"
    return Settlement(decision, f"{verdict} the reference by the values of sympy{letters}", calls)
