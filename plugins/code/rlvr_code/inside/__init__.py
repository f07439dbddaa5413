"""Code that runs in the process of a submission, beside it. No other process trusts its answers.

It imports ``wire``, the standard library and RestrictedPython, so that the process has nothing else in its memory.
"""
