"""Decide whether two expressions in letters have the same value everywhere, so that no answer hides a difference.

The first points show nearly all differences, and laws that hold everywhere prove many identities (``identities``).
Points of many scales show most others (``agreement``). Two analytic expressions that agree at some of them are equal,
unless a difference is too small to be seen there, which is measured (``influence``), or a side steps. Steps are written
as absolute values and each case of their signs is compared (``stepped``, ``cases``); what jumps otherwise, such as a
floor, is a letter (``letters``). A root or logarithm that plays no part is refused (``idle``).
"""
