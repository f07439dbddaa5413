"""``rlvr trial``: a small run before the large one."""
