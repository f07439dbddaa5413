"""``rlvr init`` and ``rlvr new``: a first suite from data, a first plugin."""
