"""Code that runs in the scorer's own process.

Tests are as trusted as the scorer, so the process of a referee asks submissions in the same way: it too imports
``submission``, ``process``, ``clock`` and ``comparing``, which therefore import neither msgspec nor ``rlvr``.
"""
