"""Closed sets that one process chooses from and another branches on."""

from __future__ import annotations

from enum import StrEnum


class CallAnswer(StrEnum):
    """The part of a call's result that a submission's process sends back."""

    VALUE = "value"
    TRUTH = "truth"  # whether the value is true
    WHOLE = "whole"  # the value, and the positional arguments after the call


class ScriptStyle(StrEnum):
    """The way in which a referee runs test code."""

    ASSERTS = "asserts"  # a list of statements
    CHECK = "check"  # a function ``check`` that takes the candidate
    UNITTEST = "unittest"  # test cases and test functions
    CHECKER = "checker"  # a function that looks at printed texts; runs no submission
