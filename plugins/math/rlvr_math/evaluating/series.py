"""Sums and products without end, prepared so that sympy ends within few calls.

sympy's own way takes a million calls for a sum such as that of 1/(k(k+1)(k+2)).
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Dummy
from sympy.concrete.gosper import gosper_sum


def endless_sum(term: Any, index: Any, low: Any) -> Any:
    """Return the sum of a term from ``low`` on: for a rational term by its partial fractions, if these telescope."""
    whole = sympy.Sum(term, (index, low, sympy.oo))
    if not low.is_Integer or not term.has(index) or not term.is_rational_function(index):
        return whole
    fractions = sympy.Add.make_args(sympy.apart(sympy.together(term), index))
    single = [each for each in fractions if _falls_slowly(each, index)]
    last = Dummy("n", integer=True, positive=True)
    telescoped = gosper_sum(sympy.together(sympy.Add(*single)), (index, low, last)) if single else sympy.S.Zero
    if telescoped is None:
        return whole
    others = [sympy.Sum(each, (index, low, sympy.oo)) for each in fractions if each not in single]
    return sympy.Add(sympy.Limit(telescoped, last, sympy.oo), *others)


def _falls_slowly(fraction: Any, index: Any) -> bool:
    """Return True unless the sum of a fraction converges by itself, as that of 1/k^2 does."""
    above, below = (sympy.degree(part, index) if part.has(index) else 0 for part in fraction.as_numer_denom())
    return bool(below - above < 2)  # noqa: PLR2004  # the harmonic series diverges


def endless_product(term: Any, index: Any, low: Any) -> Any:
    """Return the product of a term from ``low`` on: the limit of the product to a letter, which sympy knows."""
    last = Dummy("n", integer=True, positive=True)
    to_last = sympy.Product(term, (index, low, last)).doit()
    return sympy.Limit(sympy.combsimp(to_last), last, sympy.oo)
