"""Reward functions of users as scorers: ``./my_reward.py:function``, ``package.module:function``.

``places`` finds and imports the function; ``conventions`` recognises how it wants to be called; ``calling`` makes a
scorer of it, which runs supervised, as all scorers do that do not guarantee termination.
"""

from rlvr.foreign.calling import TRACEBACK, ForeignOptions
from rlvr.foreign.places import ForeignError, foreign_name, foreign_scorer, is_foreign, named_file

__all__ = ["TRACEBACK", "ForeignError", "ForeignOptions", "foreign_name", "foreign_scorer", "is_foreign", "named_file"]
