"""Scorers for short text answers; the smallest plugin, and the template for writing one.

``plugin.py`` offers the scorers, each file named like a scorer holds one, and the other files hold what those read.
"""
