"""The layer of a suite: wheels for Lambda's platform, pruned, zipped to reproducible bytes, and tested; and bundles.

::

    suite ──needs──▶ requirements ──wheels──▶ folder ──pruning──▶ files ──archive──▶ zips ──trial──▶ test result
"""
