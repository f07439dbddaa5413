"""``rlvr compare``: the rows on which two suites or two runs differ, and the difference of their means."""
