"""``rlvr label``: people say which rows of a run are right."""
