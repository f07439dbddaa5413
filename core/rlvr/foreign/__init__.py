"""Reward functions of users as scorers: ``./my_reward.py:function``, ``package.module:function``.

``names`` reads what a suite names; ``places`` finds and imports the function; ``conventions`` recognises how it wants
to be called; ``calling`` makes a scorer of it, which runs supervised, as all scorers do that do not guarantee
termination. Each module is imported where it is used: most suites name no function.
"""
