"""The layer: what a suite needs, as wheels of Lambda's platform, pruned, zipped to reproducible bytes, and tried.

::

    suite ──needs──▶ requirements ──wheels──▶ folder ──pruning──▶ files ──archive──▶ zips ──trial──▶ scored, timed
"""
