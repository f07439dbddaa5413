"""Evaluation of operators without a closed form of their own by sympy: limits, infinite series, improper integrals.

sympy guarantees no end, so that it runs in a process of its own. Files by process:

- in the process that grades: ``evaluator.py`` starts the evaluating process, asks it, and keeps its answers;
  ``operators.py`` finds the operators of a tree and puts their values in their place;
- in the evaluating process: ``server.py`` answers questions, each in a fork; ``counting.py`` counts the Python calls of
  a fork and stops it at a limit; ``conversion.py`` converts our trees to sympy's, ``results.py`` sympy's to ours;
- in both: ``messages.py``.

No file that is imported outside of the evaluating process imports sympy.
"""
