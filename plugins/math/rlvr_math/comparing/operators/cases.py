"""Whether an expression with operators changes its form where a letter changes its sign."""

from __future__ import annotations

from rlvr_math.comparing.equality.stepped import letters_in, rebuilt, stepping_in, with_absolute_values
from rlvr_math.comparing.operators.solving import operators_in
from rlvr_math.reading.tree import Call, Tree, children

_STEPPED = frozenset({"abs", "sgn", "max", "min", "floor", "ceil"})


def changes_with_signs(tree: Tree) -> bool:
    r"""Return True if a part steps where a free letter changes its sign, as ``|a|`` and ``\sqrt{a^2}``.

    The value of such an operator for positive letters says nothing of the others.
    """
    return (
        _has_steps(tree)
        or bool(stepping_in(rebuilt(tree, with_absolute_values)))
        or any(changes_with_signs(part) for operator in operators_in(tree) for part in children(operator))
    )


def _has_steps(tree: Tree) -> bool:
    is_step = isinstance(tree, Call) and tree.name in _STEPPED and bool(letters_in(tree))
    return is_step or any(map(_has_steps, children(tree)))
