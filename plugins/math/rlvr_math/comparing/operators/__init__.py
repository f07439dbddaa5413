"""Operators such as sums, integrals and derivatives: rewrite them, evaluate them, or say that they are undecided."""
