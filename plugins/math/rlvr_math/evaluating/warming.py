"""The fixed list that the evaluating process evaluates before it answers: it fills sympy's caches once for all forks.

One of each kind that is asked of sympy: warming is worth a factor of seven. A change here changes counts of calls.
"""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.evaluating.messages import EvaluationRequest
from rlvr_math.reading.tree import MINUS_ONE, ONE, ZERO, Call, Constant, Power, Product, Sum, Symbol, Tree


def _whole(value: int) -> Constant:
    return Constant(Fraction(value))


_X, _N, _K, _A, _INFINITY = (Symbol(name) for name in ("x", "n", "k", "a", "∞"))
_MINUS_INFINITY = Product((MINUS_ONE, _INFINITY))
_TWO = _whole(2)


def _over(above: Tree, below: Tree) -> Tree:
    return Product((above, Power(below, MINUS_ONE)))


def _minus(tree: Tree) -> Tree:
    return Product((MINUS_ONE, tree))


_SQUARE = Power(_X, _TWO)

WARM_UP: tuple[EvaluationRequest, ...] = tuple(
    EvaluationRequest(trees=(tree,), positive=positive)
    for positive, tree in (
        (False, Call("limit", (_over(Call("sin", (_X,)), _X), _X, ZERO))),
        (False, Call("limit", (Power(Sum((_over(ONE, _N), ONE)), _N), _N, _INFINITY))),
        (False, Call("limit", (Sum((Power(Sum((_SQUARE, _X)), Constant(Fraction(1, 2))), _minus(_X))), _X, _INFINITY))),
        (False, Call("limit+", (Product((_X, Call("ln", (_X,)))), _X, ZERO))),
        (False, Call("sum", (_over(ONE, Power(_N, _TWO)), _N, ONE, _INFINITY))),
        (False, Call("sum", (_over(_N, Power(_TWO, _N)), _N, ONE, _INFINITY))),
        (False, Call("sum", (_over(Power(_X, _N), Call("factorial", (_N,))), _N, ZERO, _INFINITY))),
        (False, Call("sum", (_over(ONE, Product((_N, Sum((_N, ONE))))), _N, ONE, _INFINITY))),
        (False, Call("sum", (_over(ONE, Product((_N, Sum((_N, ONE)), Sum((_N, _TWO))))), _N, ONE, _INFINITY))),
        (False, Call("sum", (Power(_X, _N), _N, ZERO, _INFINITY))),
        (False, Call("sum", (_over(Power(MINUS_ONE, _N), Sum((Product((_TWO, _N)), ONE))), _N, ZERO, _INFINITY))),
        (False, Call("sum", (Power(_K, _TWO), _K, ONE, _N))),
        (False, Call("prod", (Sum((ONE, _minus(Power(_K, _whole(-2))))), _K, _TWO, _INFINITY))),
        (False, Call("integral", (Power(Symbol("e"), _minus(_SQUARE)), _X, _MINUS_INFINITY, _INFINITY))),
        (False, Call("integral", (_over(ONE, Sum((_SQUARE, ONE))), _X, ZERO, _INFINITY))),
        (False, Call("integral", (Power(_X, Constant(Fraction(-1, 2))), _X, ZERO, ONE))),
        (False, Call("integral", (Call("ln", (_X,)), _X, ZERO, ONE))),
        (False, Call("antiderivative", (Product((_X, Call("cos", (_X,)))), _X))),
        (True, Call("integral", (Power(Symbol("e"), _minus(Product((_A, _X)))), _X, ZERO, _INFINITY))),
        (True, Call("integral", (_over(ONE, Sum((_SQUARE, Power(_A, _TWO)))), _X, ZERO, _INFINITY))),
        (True, Call("sum", (Call("binom", (_N, _K)), _K, ZERO, _N))),
    )
)
