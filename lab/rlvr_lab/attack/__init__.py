"""``rlvr attack``: try wrong answers on a reward before a model does."""
